/** @file Files of BPE merges in the format of subword-nmt, version 0.2: one pair of pieces a line, the first merge first. */

import { DataError } from "../../errors.ts";
import { shown } from "../../printable.ts";
import { linesOf } from "../formats/lines.ts";

/** Two pieces that become one, such as `["th", "e</w>"]`. `</w>` marks the end of a word. */
export type Merge = readonly [first: string, second: string];

const VERSION = "#version: 0.2";

/** The text of a file of merges. */
export const mergesText = (merges: readonly Merge[]): string =>
  [VERSION, ...merges.map((pair) => pair.join(" ")), ""].join("\n");

/**
 * Reads a file of merges.
 * @param where its name, for messages
 * @throws DataError for another version, and for a line that has not two pieces
 */
export function parseMerges(text: string, where: string): Merge[] {
  const [head = "", ...lines] = linesOf(text).map((line) => line.replace(/^[\r ]+|[\r ]+$/g, ""));
  if (head !== VERSION) {
    throw new DataError(
      `${where}: expected merges of subword-nmt with the first line "${VERSION}", got ${shown(head)}. Learn them with version 0.3 of subword-nmt or later`,
    );
  }
  return lines.map((line, i): Merge => {
    const [first, second, ...rest] = line.split(" ");
    if (!first || !second || rest.length > 0) {
      throw new DataError(`${where}: line ${i + 2}: expected two pieces with a space between them, got ${shown(line)}`);
    }
    return [first, second];
  });
}
