/** @file Sets of texts with one class each: plain data, and where they come from. */

import { DataError } from "../../errors.ts";
import { sha256 } from "../dataset.ts";
import type { Labels } from "../labels.ts";
import { labelsFor } from "../labels.ts";

/** Texts with one class each, in the order of their source: position in the part = original index. */
export interface TextPart {
  readonly texts: readonly string[];
  /** `[N]` right class ids in [0, K) */
  readonly labels: Labels;
}

export interface TextTraining extends TextPart {
  /** `[N]` labels that the texts were given in reality, some of them wrong; absent where there are none. */
  readonly given?: Labels;
}

export interface TextSet {
  readonly name: string;
  /** `[K]` names in the order of the class ids */
  readonly classes: readonly string[];
  readonly train: TextTraining;
  readonly test: TextPart;
  /** Rows of `train`, ascending, that the set keeps for validation; absent where it keeps none. */
  readonly apart?: Uint32Array;
  /** SHA-256, hex, over texts and labels */
  readonly hash: string;
}

/** A set that `--data` names. */
export interface TextSource<Name extends string = string> {
  readonly name: Name;
  /** A few words that follow the name in a list. */
  readonly summary: string;
  /** Clean validation examples, where settings do not say. */
  readonly valid: number;
  /** @param dir folder with the files @throws DataError if files are missing or damaged */
  load(dir: string): Promise<TextSet>;
}

/** A text and the name of its class. */
export interface NamedText {
  readonly text: string;
  readonly label: string;
}

/** Texts under the ids of their classes. @throws DataError for a label that is no class */
export function textPart(rows: readonly NamedText[], classes: readonly string[], where: string): TextPart {
  const ids = new Map(classes.map((name, id) => [name, id]));
  const labels = rows.map(({ label }, n) => {
    const id = ids.get(label);
    if (id !== undefined) return id;
    throw new DataError(`${where}: expected one of the labels ${classes.join(", ")}; row ${n + 1} has "${label}"`);
  });
  return { texts: rows.map(({ text }) => text), labels: labelsFor(classes.length, Int32Array.from(labels)) };
}

/** Hashes a set. */
export function makeTextSet(parts: Omit<TextSet, "hash">): TextSet {
  const { train, test } = parts;
  const texts = [...train.texts, ...test.texts].join("\n");
  const given = train.given ? [train.given] : [];
  return { ...parts, hash: sha256(new TextEncoder().encode(texts), train.labels, test.labels, ...given) };
}
