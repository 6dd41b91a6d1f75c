/** @file The sets of sentence pairs, by name. A new one is a file of its own and a line here. */

import { ConfigError } from "../../errors.ts";
import type { Limits } from "./clean.ts";
import { iwslt14 } from "./iwslt14.ts";
import { multi30k } from "./multi30k.ts";
import { ownPairs } from "./own-pairs.ts";
import type { PairSource } from "./pair-source.ts";
import type { PairSet } from "./pairs.ts";

export const pairSources = [iwslt14, multi30k, ownPairs] as const satisfies readonly PairSource[];

export type PairSetName = (typeof pairSources)[number]["name"];

export interface LoadPairsOptions {
  readonly name: PairSetName;
  /** Folder to read; default "data". */
  readonly dir?: string;
  /** Limits of cleaning in place of the set's. */
  readonly limits?: Limits;
}

/**
 * Loads a set of sentence pairs.
 *
 * @throws ConfigError for an unknown name or impossible limits, DataError if files are missing, damaged or do not fit
 * @example await loadPairs({ name: "multi30k", dir: "data" })
 */
export async function loadPairs({ name, dir = "data", limits }: LoadPairsOptions): Promise<PairSet> {
  const source = pairSources.find((source) => source.name === name);
  if (source === undefined) {
    const known = pairSources.map(({ name, summary }) => `${name} (${summary})`);
    throw new ConfigError(`pairs: expected one of ${known.join("; ")}; got "${String(name)}"`);
  }
  return source.load({ dir, limits: limits ?? source.limits });
}
