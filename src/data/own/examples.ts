/** @file Rows to examples: without annotators each row is one, with annotators the rows of one id are. */

import { DataError } from "../../errors.ts";
import { shown } from "../../printable.ts";
import type { TextColumn } from "../tables/column.ts";
import { textAt } from "../tables/column.ts";
import type { SourceRows } from "./source-rows.ts";
import { roleAt } from "./source-rows.ts";

export interface Examples {
  /** `[N]` unique */
  readonly ids: readonly string[];
  /** `[N + 1]` an example's rows are `rows[offsets[n] … offsets[n + 1])`, in the order of the source */
  readonly offsets: Int32Array;
  readonly rows: Int32Array;
}

/** What names a row: its id, else its path, else its number from 0. */
export function idAt({ roles, content }: SourceRows, row: number): string {
  const column: TextColumn | undefined = roles.id ?? (content.kind === "files" ? content.paths : undefined);
  return column === undefined ? String(row) : textAt(column, row).trim();
}

/**
 * Groups rows by id, in the order of their first row.
 * @throws DataError for an empty id, for an id that comes twice without annotators, and for an annotator who labelled an
 * example twice
 */
export function groupRows(source: SourceRows): Examples {
  const { count, roles, place } = source;
  const example = new Map<string, number>();
  const first: number[] = [];
  const of = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const id = idAt(source, row);
    if (id === "") throw new DataError(`${place(row)}: has no id`);
    const known = example.get(id);
    if (known !== undefined && roles.annotator === undefined) {
      throw new DataError(
        `${place(row)}: the id ${shown(id)} is that of ${place(first[known]!)} too. Remove one of them; ` +
          `if people labelled examples several times, name the column of who did: --columns annotator=…`,
      );
    }
    of[row] = known ?? first.length;
    if (known === undefined) {
      example.set(id, first.length);
      first.push(row);
    }
  }
  const offsets = new Int32Array(first.length + 1);
  for (const n of of) offsets[n + 1]!++;
  for (let n = 0; n < first.length; n++) offsets[n + 1]! += offsets[n]!;
  const rows = new Int32Array(count);
  const next = offsets.slice();
  for (let row = 0; row < count; row++) rows[next[of[row]!]!++] = row;
  const examples = { ids: [...example.keys()], offsets, rows };
  if (roles.annotator !== undefined) refuseRepeated(source, examples);
  return examples;
}

function refuseRepeated(source: SourceRows, { ids, offsets, rows }: Examples): void {
  for (let n = 0; n < ids.length; n++) {
    const seen = new Map<string, number>();
    for (const row of rows.subarray(offsets[n], offsets[n + 1])) {
      const who = roleAt(source, "annotator", row);
      if (who === "") throw new DataError(`${source.place(row)}: has no annotator`);
      const before = seen.get(who);
      if (before !== undefined) {
        throw new DataError(
          `${source.place(row)}: annotator ${shown(who)} labelled ${shown(ids[n]!)} in ${source.place(before)} too. Keep one of the two`,
        );
      }
      seen.set(who, row);
    }
  }
}

/**
 * The one value that the rows of an example agree on; rows that say nothing do not count.
 * @param value of a row, undefined where it says nothing
 * @throws DataError with both rows where they differ
 */
export function agreedValue<T>(
  source: SourceRows,
  rows: Int32Array,
  what: string,
  value: (row: number) => T | undefined,
): T | undefined {
  let found: { value: T; row: number } | undefined;
  for (const row of rows) {
    const here = value(row);
    if (here === undefined) continue;
    found ??= { value: here, row };
    if (found.value !== here) {
      throw new DataError(
        `${source.place(row)}: ${what} is ${shown(here)}, but ${shown(found.value)} in ${source.place(found.row)}, which is of the same example`,
      );
    }
  }
  return found?.value;
}
