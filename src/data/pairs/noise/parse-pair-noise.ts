/** @file The noise models for sentence pairs, by name, and noise as text. A new model is a file of its own and a line here. */

import { modelCalled } from "../../noise/model-name.ts";
import { pickPairs } from "../pick-pairs.ts";
import { mask } from "./mask.ts";
import type { PairNoiseModel, PairNoiseSetting } from "./pair-noise.ts";
import { noisyPairs } from "./pair-noise.ts";
import { swap } from "./swap.ts";

const none: PairNoiseModel = {
  name: "none",
  form: "none",
  arguments: 0,
  parse: () => ({ text: "none", spoil: (clean, at) => noisyPairs(clean, at, pickPairs(clean, at)) }),
};

export const pairNoiseModels: readonly PairNoiseModel[] = [none, mask, swap];

/**
 * Reads noise on sentence pairs.
 *
 * @throws ConfigError if it has another form, with the likely intended one
 * @example parsePairNoise("mask:.1:0.15").text // "mask:0.1:0.15"
 */
export function parsePairNoise(text: string): PairNoiseSetting {
  const { model, args } = modelCalled(pairNoiseModels, text, (model, count) => count === model.arguments);
  return model.parse([model.name, ...args]);
}
