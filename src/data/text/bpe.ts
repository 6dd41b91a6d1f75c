/**
 * @file Byte-pair encoding applied to text (Sennrich, Haddow & Birch 2016), as subword-nmt's apply_bpe.py does it: words
 * become pieces, and `@@` marks a piece that the next one continues.
 */

import type { Merge } from "./merges.ts";
import { wordsBetweenSpaces } from "./words.ts";

/** What ends a word's last piece while merges are applied. */
export const END = "</w>";
const GOES_ON = "@@";

export interface Bpe {
  /** The pieces of a word, marked. */
  readonly pieces: (word: string) => readonly string[];
  /** A line in pieces. Spaces at its ends stay, double ones inside do not. */
  readonly encode: (line: string) => string;
}

/**
 * Applies merges. Pieces of each word are kept, so common words cost a look-up.
 * @param whole words that are never split, such as the mark of a masked word
 */
export function bpeOf(merges: readonly Merge[], whole: readonly string[] = []): Bpe {
  const ranks = new Map<string, number>();
  // Of a merge that stands twice, the first place counts.
  for (const [rank, pair] of merges.entries()) if (!ranks.has(pair.join(" "))) ranks.set(pair.join(" "), rank);
  const known = new Map<string, readonly string[]>(whole.map((word) => [word, [word]]));
  const pieces = (word: string): readonly string[] => {
    let found = known.get(word);
    if (found === undefined) known.set(word, (found = marked(split(word, ranks))));
    return found;
  };
  return {
    pieces,
    encode(line) {
      const [, before, text, after] = /^([\r ]*)(.*?)([\r ]*)$/s.exec(line)!;
      return before + wordsBetweenSpaces(text!).flatMap(pieces).join(" ") + after;
    },
  };
}

/** A word as code points, the last with the mark of the end. */
export function symbolsOf(word: string): string[] {
  const symbols = Array.from(word);
  symbols.push(symbols.pop()! + END);
  return symbols;
}

/** Applies the earliest merge that fits, everywhere from left to right, until none fits. */
function split(word: string, ranks: ReadonlyMap<string, number>): string[] {
  let symbols = symbolsOf(word);
  // A character alone is a word of its own, even where a merge could follow.
  while (symbols.length > 1) {
    let best: Merge | undefined;
    let least = Infinity;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const rank = ranks.get(`${symbols[i]} ${symbols[i + 1]}`);
      if (rank !== undefined && rank < least) [best, least] = [[symbols[i]!, symbols[i + 1]!], rank];
    }
    if (best === undefined) break;
    symbols = merged(symbols, best);
  }
  return symbols;
}

/** Makes one symbol of the pair, everywhere from left to right. */
export function merged(symbols: readonly string[], [first, second]: Merge): string[] {
  const result: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const isPair = symbols[i] === first && symbols[i + 1] === second;
    result.push(isPair ? first + second : symbols[i]!);
    if (isPair) i++;
  }
  return result;
}

const marked = (symbols: readonly string[]): string[] =>
  symbols.map((symbol, i) => (i + 1 < symbols.length ? symbol + GOES_ON : symbol.slice(0, -END.length)));

/** Pieces put together to words again. A mark at the end of a line, where nothing follows, goes too. */
export const joinPieces = (line: string): string => line.replace(/@@( |$)/g, "");
