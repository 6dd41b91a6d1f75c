/** @file Columns from a file that is read row by row: what CSV, TSV and JSONL have in common. */

import { DataError } from "../../errors.ts";
import type { TableColumn } from "./column.ts";
import { IntegerBuilder, NumberBuilder, TextBuilder } from "./column.ts";
import type { Table, Wanted } from "./table.ts";
import { refuseMixed } from "./table.ts";

/** Walks through all rows of a file: `take` gets the cells of the asked-for columns, in their order, and the line. */
export type Walk = (
  columns: readonly string[],
  take: (cells: readonly string[], line: number) => void,
) => Promise<void>;

/** Most rows: places of rows are int32, and a terabyte of text is no table. */
const MOST_ROWS = 2 ** 30;

/**
 * Reads columns in one walk, or in two where one that was wanted as numbers is text: so that its texts are those of the
 * file.
 * @throws DataError if the file has no rows
 */
export async function readByWalking(where: string, walk: Walk, wanted: ReadonlyMap<string, Wanted>): Promise<Table> {
  const kinds = new Map(wanted);
  for (;;) {
    const names = [...kinds.keys()];
    const builders = names.map((name) => (kinds.get(name) === "value" ? new NumberBuilder() : new TextBuilder()));
    const lines = new IntegerBuilder();
    await walk(names, (cells, line) => {
      if (lines.count === MOST_ROWS) throw new DataError(`${where}: has more than ${MOST_ROWS} rows`);
      lines.add(line);
      for (let i = 0; i < builders.length; i++) builders[i]!.add(cells[i]!);
    });
    const lineOf = lines.array32();
    if (lineOf.length === 0) throw new DataError(`${where}: has a header and no rows. Nothing can be read from it`);
    const place = (row: number): string => `${where}, line ${lineOf[row]}`;

    const texts = names.filter((_, i) => isText(builders[i]!));
    for (const [i, name] of names.entries()) {
      const builder = builders[i]!;
      if (builder instanceof NumberBuilder) refuseMixed(name, builder, place);
      if (builder instanceof NumberBuilder && texts.includes(name)) kinds.set(name, "text");
    }
    if (texts.length > 0) continue;
    const columns = new Map<string, TableColumn>(names.map((name, i) => [name, builders[i]!.column()]));
    return { count: lineOf.length, columns, place };
  }
}

/** Whether a column that was wanted as numbers holds text. */
const isText = (builder: NumberBuilder | TextBuilder): boolean =>
  builder instanceof NumberBuilder && builder.odd !== undefined;
