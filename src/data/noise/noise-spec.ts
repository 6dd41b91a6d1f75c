/** @file The `--noise` setting: its form on the command line and its meaning. */

import { ConfigError } from "../../errors.ts";

/** Label sets of CIFAR-N (Wei et al. 2022): five for CIFAR-10, "noisy" for CIFAR-100. */
export const CIFARN_SETS = ["aggre", "random1", "random2", "random3", "worse", "noisy"] as const;
export type CifarNSet = (typeof CIFARN_SETS)[number];

/**
 * - uniform: with probability p a label is redrawn from *all* classes, the true one included: p(1 − 1/K) of them become
 *   wrong
 * - flip1: with probability p a label becomes one other class, fixed for each true class
 * - flip2: with probability p a label becomes one of two other classes, p/2 each ("flip" in Fan et al. 2021 and
 *   Meta-Weight-Net)
 * - cifarn: human labels
 */
export type NoiseSpec =
  | { readonly kind: "none" }
  | { readonly kind: "uniform" | "flip1" | "flip2"; readonly p: number }
  | { readonly kind: "cifarn"; readonly set: CifarNSet };

const FORMS = "none, uniform:P, flip1:P, flip2:P (0 ≤ P ≤ 1), or cifarn:SET (" + CIFARN_SETS.join(", ") + ")";

/** Names of the same noise in other programs. */
const MEANT: Readonly<Record<string, string>> = {
  flip: `flip2 (two targets, the papers' "flip") or flip1 (one target)`,
  unif: "uniform",
  sym: "uniform",
  symmetric: "uniform",
  asym: "flip1",
  asymmetric: "flip1",
};

/**
 * Reads a noise setting.
 *
 * @throws ConfigError if it has another form, with the likely intended one
 * @example parseNoise("flip2:0.4") // { kind: "flip2", p: 0.4 }
 */
export function parseNoise(text: string): NoiseSpec {
  const [kind = "", value, ...more] = text.trim().split(":");
  if (more.length > 0) throw new ConfigError(`noise: expected ${FORMS}, got "${text}"`);
  switch (kind) {
    case "none":
      if (value !== undefined) throw new ConfigError(`noise: "none" takes no value, got "${text}"`);
      return { kind };
    case "uniform":
    case "flip1":
    case "flip2":
      return { kind, p: probability(kind, value) };
    case "cifarn": {
      const set = CIFARN_SETS.find((name) => name === value);
      if (set === undefined)
        throw new ConfigError(`noise: cifarn needs one of ${CIFARN_SETS.join(", ")}, got "${text}"`);
      return { kind, set };
    }
    default: {
      const meant = Object.hasOwn(MEANT, kind) ? MEANT[kind] : undefined;
      const hint = meant === undefined ? "" : `. Did you mean ${meant}?`;
      throw new ConfigError(`noise: expected ${FORMS}, got "${text}"${hint}`);
    }
  }
}

function probability(kind: string, value: string | undefined): number {
  if (value === undefined || value === "")
    throw new ConfigError(`noise: ${kind} needs a probability, for example ${kind}:0.4`);
  const p = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(value) ? Number(value) : NaN;
  if (p >= 0 && p <= 1) return p;
  const hint = p > 1 && p <= 100 ? `. Did you mean ${kind}:${p / 100}?` : "";
  throw new ConfigError(`noise: expected a probability from 0 to 1 in "${kind}:${value}"${hint}`);
}

/** Text of the setting: the inverse of `parseNoise`. */
export function formatNoise(spec: NoiseSpec): string {
  switch (spec.kind) {
    case "none":
      return "none";
    case "cifarn":
      return `cifarn:${spec.set}`;
    case "uniform":
    case "flip1":
    case "flip2":
      return `${spec.kind}:${spec.p}`;
  }
}
