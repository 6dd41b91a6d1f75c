/** @file Which examples of a source train, guide and test. The right labels of training examples decide nothing here. */

import { labelsFor, pickLabels } from "../../data/labels.ts";
import type { Labels } from "../../data/labels.ts";
import type { Understood } from "../../data/own/understood.ts";
import { shuffledClasses } from "../../data/split.ts";

/** Positions in a source, ascending. */
export interface OwnParts {
  readonly train: Uint32Array;
  readonly trusted: Uint32Array;
  readonly test: Uint32Array;
  /** trusted examples that cannot be used */
  readonly lost: number;
  /** `[N]` what an example counts as: of trusted and test ones the right label, of others the given one; 0 where there is none */
  readonly labels: Labels;
}

/**
 * @param testShare share of the trusted examples of each class that test, where the source has no test examples: at least
 * one where a class has two
 * @param usable whether an example can be used at all
 */
export function ownParts(
  { classes, parts, given, right }: Understood,
  testShare: number,
  seed: number,
  usable: (example: number) => boolean = () => true,
): OwnParts {
  const K = classes.length;
  const where = (test: (example: number) => boolean): Uint32Array =>
    Uint32Array.from([...parts.keys()].filter((example) => usable(example) && test(example)));
  const train = where((n) => parts[n] === "train" && given.at(n) !== undefined);
  const trusted = where((n) => parts[n] === "trusted");
  const test = where((n) => parts[n] === "test" && right.at(n) !== undefined);
  const lost = parts.filter((part, n) => part === "trusted" && !usable(n)).length;
  const ids = Int32Array.from(parts, (part, n) => (part === "train" ? given.at(n) : right.at(n)) ?? 0);
  const labels = labelsFor(K, ids);
  if (test.length > 0 || testShare === 0) return { train, trusted, test, lost, labels };
  const taken = new Set(
    shuffledClasses(pickLabels(labels, trusted), K, seed, "test share").flatMap((members) =>
      members.slice(0, testQuota(members.length, testShare)).map((position) => trusted[position]!),
    ),
  );
  return {
    train,
    trusted: trusted.filter((n) => !taken.has(n)),
    test: trusted.filter((n) => taken.has(n)),
    lost,
    labels,
  };
}

/** How many of a class's trusted examples test: one stays at least. */
const testQuota = (count: number, share: number): number =>
  count < 2 ? 0 : Math.min(count - 1, Math.max(1, Math.floor(share * count)));
