/**
 * @file Wrong translations: a share of pairs is chosen, and each of these gets the target of another chosen one. Text mined
 * from the web has such pairs.
 */

import { Random } from "../../../random.ts";
import { probabilityAt } from "../../noise/model-name.ts";
import type { NoiseStream } from "../../noise/noise.ts";
import type { TrainPairs } from "../pairs.ts";
import { pickPairs } from "../pick-pairs.ts";
import type { PairNoiseModel } from "./pair-noise.ts";
import { noisyPairs } from "./pair-noise.ts";

export const swap: PairNoiseModel = {
  name: "swap",
  form: "swap:PAIRS",
  otherNames: { shuffle: "swap", mismatch: "swap", misaligned: "swap" },
  arguments: 1,
  parse(parts) {
    const share = probabilityAt(parts, 1);
    return {
      text: `swap:${share}`,
      spoil(clean, at, seed, stream) {
        const partner = partners(clean, share, seed, stream);
        const target = Array.from(at, (position) => clean.target[partner.get(position) ?? position]!);
        return noisyPairs(clean, at, { ...pickPairs(clean, at), target });
      },
    };
  },
};

/**
 * Position of each chosen pair → position of the one whose target it gets. All chosen pairs are one cycle, so none keeps
 * its own; of a single one nothing is changed.
 */
export function partners(
  { lines }: Pick<TrainPairs, "lines">,
  share: number,
  seed: number,
  stream: NoiseStream,
): ReadonlyMap<number, number> {
  const chosen = Array.from(lines, (line, position) => {
    const random = new Random(seed, stream, line);
    return { position, isChosen: random.uniform() < share, place: random.uniform() };
  }).filter(({ isChosen }) => isChosen);
  chosen.sort((a, b) => a.place - b.place || a.position - b.position);
  return new Map(chosen.map(({ position }, i) => [position, chosen[(i + 1) % chosen.length]!.position]));
}
