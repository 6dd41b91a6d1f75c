/** @file Cleaning of training pairs by lengths, as Moses' clean-corpus-n.perl does it: what is dropped is counted. */

import { ConfigError } from "../../errors.ts";
import { wordsBetweenSpaces } from "../text/words.ts";
import type { Dropped, Pairs, TrainPairs } from "./pairs.ts";
import { pickPairs } from "./pick-pairs.ts";

/** Which pairs may stay. */
export interface Limits {
  /** Words of a side, at most. No limit where absent. */
  readonly words?: number;
  /** Words of the longer side per word of the shorter one, at most. No limit where absent. */
  readonly ratio?: number;
}

const LONGEST_WORD = 1000;

/**
 * Leaves out pairs that no training should see.
 * @throws ConfigError for limits below 1
 */
export function cleanPairs(pairs: Pairs, limits: Limits): { readonly pairs: TrainPairs; readonly dropped: Dropped } {
  for (const [name, limit] of Object.entries(limits)) {
    if (!(limit >= 1)) throw new ConfigError(`${name} limit: expected a number ≥ 1, got ${limit}`);
  }
  const dropped = { empty: 0, long: 0, ratio: 0, word: 0 };
  const kept = pairs.source.flatMap((source, line) => {
    const reason = reasonFor(source, pairs.target[line]!, limits);
    if (reason === undefined) return [line];
    dropped[reason]++;
    return [];
  });
  const lines = Uint32Array.from(kept);
  return { pairs: { ...pickPairs(pairs, lines), lines }, dropped };
}

function reasonFor(source: string, target: string, { words, ratio }: Limits): keyof Dropped | undefined {
  const sides = [wordsBetweenSpaces(source), wordsBetweenSpaces(target)];
  const [short, long] = sides.map(({ length }) => length).sort((a, b) => a - b) as [number, number];
  if (short === 0) return "empty";
  if (words !== undefined && long > words) return "long";
  if (ratio !== undefined && long / short > ratio) return "ratio";
  return sides.flat().some((word) => word.length > LONGEST_WORD) ? "word" : undefined;
}

/** What was dropped, in words: "3 with an empty side, 12 too long". Empty where nothing was. */
export function droppedText({ empty, long, ratio, word }: Dropped): string {
  const parts: readonly (readonly [number, string])[] = [
    [empty, "with an empty side"],
    [long, "too long"],
    [ratio, "of too different lengths"],
    [word, `with a word of more than ${LONGEST_WORD} characters`],
  ];
  return parts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])).join(", ");
}
