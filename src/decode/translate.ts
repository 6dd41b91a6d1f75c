/** @file Lines of text translated by a student: words to tokens, beam search, tokens to words. */

import type { Spelling } from "../data/pairs/spelling.ts";
import { joinPieces } from "../data/text/bpe.ts";
import { SPECIAL } from "../data/text/dictionary.ts";
import type { Writer } from "./cached-next.ts";
import { write } from "./write.ts";

export interface TranslateOptions {
  readonly beam: number;
  /** Scores are Σ ln p / tokensᵖ. */
  readonly lengthPenalty: number;
  /** A translation has at most a · (tokens of the source) + b tokens before `</s>`, and at least room for one. */
  readonly maxLenA: number;
  readonly maxLenB: number;
}

/** fairseq's. */
export const TRANSLATE_DEFAULTS: TranslateOptions = { beam: 5, lengthPenalty: 1, maxLenA: 0, maxLenB: 200 };

/** Tokens of a source that are read, `</s>` among them: attention over more needs memory with the square of their number. */
export const LONGEST_SOURCE = 1024;

/** A line and what became of it. */
export interface Translated {
  /** The best first; of a line without words an empty one. */
  readonly best: readonly { readonly text: string; readonly score: number }[];
  /** Tokens of the line, `</s>` among them. Only the first `LONGEST_SOURCE` were translated. */
  readonly tokens: number;
  /** Of them, those that the dictionary lacks. */
  readonly unknown: number;
}

/** Translates lines of words between spaces. What a line becomes depends on no other, but for rounding. */
export async function translate(
  writer: Writer,
  { encode, dictionary }: Pick<Spelling, "encode" | "dictionary">,
  lines: readonly string[],
  { maxLenA, maxLenB, ...options }: TranslateOptions,
): Promise<Translated[]> {
  const sources = lines.map(encode);
  const full = [...sources.keys()].filter((n) => sources[n]!.length > 1);
  const found = await write(
    writer,
    full.map((n) => cut(sources[n]!)),
    {
      ...options,
      pad: SPECIAL.pad,
      end: SPECIAL.eos,
      limit: (tokens) => Math.max(1, Math.floor(maxLenA * tokens + maxLenB)),
    },
  );
  const best = new Map(full.map((n, i) => [n, found[i]!]));
  return sources.map((source, n) => ({
    best: (best.get(n) ?? [{ tokens: [], score: 0 }]).map(({ tokens, score }) => ({
      text: joinPieces(dictionary.decode(tokens)),
      score,
    })),
    tokens: source.length,
    unknown: source.filter((token) => token === SPECIAL.unk).length,
  }));
}

const cut = (source: Int32Array): Int32Array => {
  if (source.length <= LONGEST_SOURCE) return source;
  const kept = source.slice(0, LONGEST_SOURCE);
  kept[LONGEST_SOURCE - 1] = SPECIAL.eos;
  return kept;
};
