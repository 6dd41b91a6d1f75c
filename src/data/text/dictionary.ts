/** @file Dictionaries: a number for each piece of text, in the order of fairseq's `Dictionary`. */

import { createHash } from "node:crypto";
import { byCodePoints } from "./code-points.ts";
import { countWords, wordsBetweenSpaces } from "./words.ts";

/** Ids with a meaning of their own; pieces follow. */
export const SPECIAL = { bos: 0, pad: 1, eos: 2, unk: 3, mask: 4 } as const;

/** The word that stands for a masked one. Every dictionary has it, so that runs with and without noise can share theirs. */
export const MASK = "MASK";

const SYMBOLS = ["<s>", "<pad>", "</s>", "<unk>", MASK];

/** The number of ids is a multiple of this, which suits matrix products. */
const MULTIPLE = 8;

export interface Dictionary {
  /** Symbols by id. */
  readonly symbols: readonly string[];
  /** How often the training text has each symbol; 0 for those that only fill up. */
  readonly counts: readonly number[];
  /** SHA-256 over the symbols, hex. */
  readonly hash: string;
  /** Ids of pieces between spaces, then that of `</s>`. An unknown piece has the id of `<unk>`. */
  readonly encode: (pieces: string) => Int32Array;
  /** Pieces with spaces between them, without `<s>`, `<pad>` and `</s>`. */
  readonly decode: (ids: Iterable<number>) => string;
}

/**
 * Counts pieces and numbers them: the special symbols, then pieces by falling count, equally frequent ones by code
 * points, then as many symbols that never occur as make the size a multiple of 8.
 *
 * @param lines pieces between spaces: the training text, without noise
 */
export function dictionaryOf(lines: Iterable<string>): Dictionary {
  const counts = countWords(lines);
  const own = [...counts].filter(([piece]) => !SYMBOLS.includes(piece));
  own.sort(([a, m], [b, n]) => n - m || byCodePoints(a, b));
  const used = SYMBOLS.length + own.length;
  const fill = Array.from({ length: (MULTIPLE - (used % MULTIPLE)) % MULTIPLE }, (_, i) => fillerOf(i));
  const symbols = [...SYMBOLS, ...own.map(([piece]) => piece), ...fill];
  return fromSymbols(
    symbols,
    symbols.map((symbol) => counts.get(symbol) ?? 0),
  );
}

/** fairseq's name for a symbol that fills up. */
const fillerOf = (i: number): string => `madeupword${String(i).padStart(4, "0")}`;

function fromSymbols(symbols: readonly string[], counts: readonly number[]): Dictionary {
  const ids = new Map(symbols.map((symbol, id) => [symbol, id]));
  // Text that looks like a mark of its own, such as "<pad>", must not become one.
  for (const symbol of SYMBOLS) if (symbol !== MASK) ids.delete(symbol);
  return {
    symbols,
    counts,
    hash: createHash("sha256").update(symbols.join("\n")).digest("hex"),
    encode: (pieces) =>
      Int32Array.from([...wordsBetweenSpaces(pieces).map((piece) => ids.get(piece) ?? SPECIAL.unk), SPECIAL.eos]),
    decode: (ids) =>
      Array.from(ids)
        .filter((id) => id !== SPECIAL.bos && id !== SPECIAL.pad && id !== SPECIAL.eos)
        .map((id) => symbols[id]!)
        .join(" "),
  };
}
