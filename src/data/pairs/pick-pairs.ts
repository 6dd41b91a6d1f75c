/** @file Some pairs of many. */

import type { Pairs } from "./pairs.ts";

/** The pairs at some positions, in their order. */
export const pickPairs = ({ source, target }: Pairs, at: Uint32Array): Pairs => ({
  source: Array.from(at, (position) => source[position]!),
  target: Array.from(at, (position) => target[position]!),
});
