/** @file Texts as ids: words in lower case, or pieces of them, numbered by a dictionary of the training text. */

import { createHash } from "node:crypto";
import { bpeOf } from "../text/bpe.ts";
import { dictionaryOf, SPECIAL } from "../text/dictionary.ts";
import { learnMerges } from "../text/learn-bpe.ts";
import { mergesText } from "../text/merges.ts";

/** Words of letters, their marks and digits; every other sign that is no space is a word of its own. */
const WORD = /[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu;

/** A text in words. @example wordsOf("Kuri'arsa, 2019") // ["kuri", "'", "arsa", ",", "2019"] */
export const wordsOf = (text: string): string[] => text.normalize("NFC").toLowerCase().match(WORD) ?? [];

export interface Vocabulary {
  /** Ids are 0 … size − 1. */
  readonly size: number;
  /** SHA-256, hex, over merges and symbols. */
  readonly hash: string;
  /** Ids of a text, at least one. What the training text does not have is `<unk>`. */
  readonly encode: (text: string) => Int32Array;
}

/**
 * The vocabulary of a training text.
 * @param merges of byte-pair encoding to learn from it; 0 keeps words whole
 */
export function vocabularyOf(texts: readonly string[], merges: number): Vocabulary {
  const lines = texts.map((text) => wordsOf(text).join(" "));
  const learnt = learnMerges(lines, merges);
  const inPieces = merges > 0 ? bpeOf(learnt).encode : (line: string): string => line;
  const dictionary = dictionaryOf(lines.map(inPieces));
  return {
    size: dictionary.symbols.length,
    hash: createHash("sha256").update(mergesText(learnt)).update(dictionary.hash).digest("hex"),
    encode(text) {
      const ids = dictionary.encode(inPieces(wordsOf(text).join(" "))).subarray(0, -1);
      return ids.length > 0 ? ids : Int32Array.of(SPECIAL.unk);
    },
  };
}
