/** @file Which part of a data set a row belongs to: by the name of its split. */

import { DataError } from "../../errors.ts";
import { shown } from "../../printable.ts";
import type { SourceRows } from "./source-rows.ts";
import { roleAt } from "./source-rows.ts";

/** What an example is there for. One that is left out is neither trained on nor trusted nor measured. */
export type Part = "train" | "trusted" | "test" | "left out";

/** Names of splits without case: of columns, and of folders. */
const SPLITS: ReadonlyMap<string, Part> = new Map([
  ...["train", "training"].map((name) => [name, "train"] as const),
  ...["trusted", "gold", "clean"].map((name) => [name, "trusted"] as const),
  ...["test", "testing", "eval", "evaluation"].map((name) => [name, "test"] as const),
  // As a rule these have the noise of the training examples.
  ...["valid", "validation", "val", "dev"].map((name) => [name, "left out"] as const),
]);

/** The part that a split's name stands for. */
export const partOf = (split: string): Part | undefined => SPLITS.get(split.toLowerCase());

/** All names of splits, for messages. */
export const splitNames = (): string => [...SPLITS.keys()].join(", ");

/** The name that `--trusted split:NAME` is compared with: `val`, `valid` and `validation` are one. */
export function sameSplit(a: string, b: string): boolean {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  return one === other || (partOf(one) === "left out" && partOf(other) === "left out");
}

const YES = new Set(["true", "1", "yes", "y", "1.0"]);
const NO = new Set(["", "false", "0", "no", "n", "0.0"]);

/** The truth of a cell. @throws DataError for anything but true, 1, yes, y, false, 0, no, n and nothing */
export function flagAt(rows: SourceRows, role: "trusted" | "isValid", row: number): boolean {
  const text = roleAt(rows, role, row);
  const plain = text.toLowerCase();
  if (YES.has(plain)) return true;
  if (NO.has(plain)) return false;
  throw new DataError(
    `${rows.place(row)}: expected ${role === "trusted" ? "trusted" : "is_valid"} to be true, 1, yes, y, or false, 0, no, n or empty, ` +
      `got ${shown(text)}`,
  );
}

/** The split's name of a row as it is written; `train` where there is none. @throws DataError for an unknown name */
export function splitAt(rows: SourceRows, row: number): string {
  const split = roleAt(rows, "split", row);
  if (split !== "" && partOf(split) === undefined)
    throw new DataError(`${rows.place(row)}: ${shown(split)} is no split. Splits are ${splitNames()}`);
  if (rows.roles.isValid === undefined || !flagAt(rows, "isValid", row)) return split === "" ? "train" : split;
  if (split !== "" && partOf(split) !== "left out")
    throw new DataError(`${rows.place(row)}: is_valid is true and split is ${shown(split)}. Leave one of them out`);
  return split === "" ? "valid" : split;
}
