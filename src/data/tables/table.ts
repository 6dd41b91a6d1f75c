/**
 * @file Tables on disk, read by column. A source knows its header at once; `read` walks through the rows once or twice
 * and keeps the wanted columns only.
 */

import { DataError } from "../../errors.ts";
import { shown } from "../../printable.ts";
import type { TableColumn } from "./column.ts";

/**
 * How a column is wanted: `text` as it is written, `value` as numbers where all its cells are numbers or empty, as text
 * where none is.
 */
export type Wanted = "text" | "value";

export interface Table {
  /** rows */
  readonly count: number;
  /** the wanted columns by name */
  readonly columns: ReadonlyMap<string, TableColumn>;
  /** where a row stands, for messages: `photos.csv, line 17` */
  readonly place: (row: number) => string;
}

export interface TableSource {
  /** file or folder, for messages */
  readonly where: string;
  /** names of the columns, as they are written */
  readonly header: readonly string[];
  /** what was decided while the header was read, one sentence each */
  readonly remarks: readonly string[];
  /** Names of the classes that the integers of a column stand for, where the file tells. */
  classNames?(column: string): readonly string[] | undefined;
  /**
   * Reads columns of all rows.
   * @param wanted columns of the header
   * @throws DataError naming file and line for a row that does not fit the header, for what is no text, and for no rows
   */
  read(wanted: ReadonlyMap<string, Wanted>): Promise<Table>;
}

/**
 * Refuses a column that is numbers but for a few cells: read as categories, a slip of the pen would change its meaning
 * in silence.
 * @throws DataError with the first cell that is no number
 */
export function refuseMixed(
  column: string,
  { numbers, others, odd }: { numbers: number; others: number; odd: { text: string; row: number } | undefined },
  place: (row: number) => string,
): void {
  if (odd === undefined || numbers <= others) return;
  throw new DataError(
    `${place(odd.row)}: column ${column} has numbers in ${numbers} of ${numbers + others} rows that are not empty, but ` +
      `${shown(odd.text)} here. Correct it or empty it, or leave the column out of the features`,
  );
}
