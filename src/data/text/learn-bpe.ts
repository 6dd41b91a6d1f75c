/**
 * @file Merges of byte-pair encoding learnt from text, as subword-nmt's learn_bpe.py learns them: again and again the
 * most frequent pair of neighbours becomes one symbol.
 */

import { ConfigError } from "../../errors.ts";
import { merged, symbolsOf } from "./bpe.ts";
import { byCodePoints } from "./code-points.ts";
import { Heap } from "./heap.ts";
import type { Merge } from "./merges.ts";
import { countWords } from "./words.ts";

/** A pair is worth a merge from this count on. */
const LEAST = 2;

interface Word {
  symbols: string[];
  /** How often the text has it. */
  readonly count: number;
}

interface Pair {
  readonly first: string;
  readonly second: string;
  count: number;
  /** Words that have it, or had it once. */
  readonly words: Set<Word>;
}

/**
 * Learns merges.
 *
 * @param lines tokenised text; for a joint encoding, that of both languages
 * @param size how many merges; fewer come out when no pair occurs twice any more
 * @throws ConfigError for a size that is no whole number ≥ 0
 */
export function learnMerges(lines: Iterable<string>, size: number): Merge[] {
  if (!Number.isInteger(size) || size < 0) throw new ConfigError(`size: expected an integer ≥ 0, got ${size}`);
  const pairs = new Pairs();
  for (const word of countedWords(lines)) pairs.count(word, 1);
  const merges: Merge[] = [];
  while (merges.length < size) {
    const best = pairs.mostFrequent();
    if (best === undefined) break;
    const merge = [best.first, best.second] as const;
    merges.push(merge);
    for (const word of best.words) {
      const symbols = merged(word.symbols, merge);
      if (symbols.length === word.symbols.length) continue;
      pairs.count(word, -1);
      word.symbols = symbols;
      pairs.count(word, 1);
    }
  }
  return merges;
}

const countedWords = (lines: Iterable<string>): Word[] =>
  Array.from(countWords(lines), ([word, count]) => ({ symbols: symbolsOf(word), count }));

/** Counts of all pairs of neighbours, and which of them is the most frequent. */
class Pairs {
  readonly #all = new Map<string, Pair>();
  /** Pairs whose count changed since they were last ranked. */
  readonly #changed = new Set<Pair>();
  /** A pair may stand here several times, at least once with its count of now or a larger one. */
  readonly #ranked = new Heap<{ readonly pair: Pair; readonly count: number }>(
    (a, b) =>
      b.count - a.count || byCodePoints(b.pair.first, a.pair.first) || byCodePoints(b.pair.second, a.pair.second),
  );

  /** Counts the pairs of a word in, or out. */
  count(word: Word, sign: 1 | -1): void {
    const { symbols, count } = word;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const pair = this.#pairOf(symbols[i]!, symbols[i + 1]!);
      pair.count += sign * count;
      if (sign > 0) pair.words.add(word);
      this.#changed.add(pair);
    }
  }

  /** Among equally frequent ones the last by code points. Undefined when none is frequent enough. */
  mostFrequent(): Pair | undefined {
    for (const pair of this.#changed) this.#rank(pair);
    this.#changed.clear();
    for (let top = this.#ranked.pop(); top !== undefined; top = this.#ranked.pop()) {
      if (top.count === top.pair.count) return top.pair;
      this.#rank(top.pair);
    }
    return undefined;
  }

  #rank(pair: Pair): void {
    if (pair.count >= LEAST) this.#ranked.push({ pair, count: pair.count });
  }

  #pairOf(first: string, second: string): Pair {
    const key = `${first} ${second}`;
    let pair = this.#all.get(key);
    if (pair === undefined) this.#all.set(key, (pair = { first, second, count: 0, words: new Set() }));
    return pair;
  }
}
