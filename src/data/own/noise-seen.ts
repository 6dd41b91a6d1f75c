/** @file How often given labels are wrong, on the examples where somebody told the right one apart from it. */

import { wilson } from "../../statistics.ts";
import type { KnownLabels } from "./known-labels.ts";
import type { KnownNoise } from "./understood.ts";

/**
 * @param apart `[N]` 1 where the right label has a column or file of its own: a label that is merely said to be right is
 * no sample of the noise
 * @returns undefined where there is no such example
 */
export function knownNoise(given: KnownLabels, right: KnownLabels, apart: Uint8Array): KnownNoise | undefined {
  const pairs = new Map<string, { right: number; given: number; count: number }>();
  let [checked, wrong] = [0, 0];
  for (let n = 0; n < apart.length; n++) {
    const [is, says] = [right.at(n), given.at(n)];
    if (apart[n] === 0 || is === undefined || says === undefined) continue;
    checked++;
    if (is !== says) wrong++;
    const key = `${is} ${says}`;
    const pair = pairs.get(key);
    if (pair === undefined) pairs.set(key, { right: is, given: says, count: 1 });
    else pair.count++;
  }
  if (checked === 0) return undefined;
  const confusion = [...pairs.values()].sort((a, b) => a.right - b.right || a.given - b.given);
  return { checked, wrong, share: wrong / checked, interval: wilson(wrong, checked), confusion };
}
