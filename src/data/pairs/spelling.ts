/** @file How words of a set of pairs become ids: one BPE encoding and one dictionary for both languages. */

import { createHash } from "node:crypto";
import { bpeOf } from "../text/bpe.ts";
import type { Dictionary } from "../text/dictionary.ts";
import { dictionaryOf, MASK } from "../text/dictionary.ts";
import { learnMerges } from "../text/learn-bpe.ts";
import type { Merge } from "../text/merges.ts";
import { mergesText } from "../text/merges.ts";
import type { Ragged } from "../text/ragged.ts";
import { raggedOf } from "../text/ragged.ts";
import type { Pairs, PairSet } from "./pairs.ts";

export interface Spelling {
  readonly merges: readonly Merge[];
  readonly dictionary: Dictionary;
  /** SHA-256, hex, of the file of merges and of the dictionary's symbols. */
  readonly hashes: { readonly merges: string; readonly dictionary: string };
  /** Ids of a line of words, with `</s>` at the end. */
  readonly encode: (line: string) => Int32Array;
}

/**
 * Spelling from the clean training text, whatever is split off it or spoilt later: so runs of any seed and noise share it.
 *
 * @param size number of merges. Merges of this number that came with the set are taken; else they are learnt
 * @throws ConfigError for a size that is no whole number ≥ 0
 */
export function spellingOf({ train, merges: given }: Pick<PairSet, "train" | "merges">, size: number): Spelling {
  const text = [...train.source, ...train.target];
  const merges = given?.length === size ? given : learnMerges(text, size);
  const bpe = bpeOf(merges, [MASK]);
  const dictionary = dictionaryOf(text.map(bpe.encode));
  return {
    merges,
    dictionary,
    hashes: {
      merges: createHash("sha256").update(mergesText(merges)).digest("hex"),
      dictionary: dictionary.hash,
    },
    encode: (line) => dictionary.encode(bpe.encode(line)),
  };
}

/** Pairs as ids, `</s>` at the end of each sentence. */
export interface EncodedPairs {
  readonly source: Ragged;
  readonly target: Ragged;
}

export const encodePairs = ({ source, target }: Pairs, { encode }: Pick<Spelling, "encode">): EncodedPairs => ({
  source: raggedOf(source.map(encode)),
  target: raggedOf(target.map(encode)),
});
