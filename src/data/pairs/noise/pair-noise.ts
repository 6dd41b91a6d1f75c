/** @file The contract of noise on sentence pairs: from a name on the command line to spoilt text. */

import { createHash } from "node:crypto";
import type { NamedModel } from "../../noise/model-name.ts";
import type { NoiseStream } from "../../noise/noise.ts";
import type { Pairs, TrainPairs } from "../pairs.ts";
import { pickPairs } from "../pick-pairs.ts";

/** A kind of noise on pairs. */
export interface PairNoiseModel extends NamedModel {
  /** How many arguments follow the name. */
  readonly arguments: number;
  /**
   * Reads a setting.
   *
   * @param parts name and arguments
   * @throws ConfigError for arguments that it cannot have
   */
  parse(parts: readonly string[]): PairNoiseSetting;
}

export interface PairNoiseSetting {
  /** In normal form: `mask:0.1:0.15`. */
  readonly text: string;
  /**
   * Spoils pairs. What becomes of one depends on the seed, the stream and all `pairs`, never on which of them are asked for.
   *
   * @param pairs all clean pairs of a part
   * @param at positions in `pairs` of those to give back
   */
  spoil(pairs: TrainPairs, at: Uint32Array, seed: number, stream: NoiseStream): NoisyPairs;
}

export interface NoisyPairs extends Pairs {
  /** `[n]` 1 where the text is not the clean one, else 0. */
  readonly mask: Uint8Array;
  /** Share of ones in the mask, in [0, 1]. */
  readonly rate: number;
  /** SHA-256 over the lines' places and the text, hex. */
  readonly hash: string;
}

/** Compares given with clean pairs and hashes them. */
export function noisyPairs(clean: TrainPairs, at: Uint32Array, { source, target }: Pairs): NoisyPairs {
  const right = pickPairs(clean, at);
  const mask = Uint8Array.from(at, (_, n) => (source[n] === right.source[n] && target[n] === right.target[n] ? 0 : 1));
  const wrong = mask.reduce((sum, flag) => sum + flag, 0);
  const hash = createHash("sha256");
  for (const [n, position] of at.entries()) hash.update(`${clean.lines[position]}\n${source[n]}\n${target[n]}\n`);
  return { source, target, mask, rate: at.length === 0 ? 0 : wrong / at.length, hash: hash.digest("hex") };
}
