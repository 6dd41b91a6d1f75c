/** @file A task of sentence pairs as `reweight data` prints it. */

import { facts, percent, table, thousands } from "../../format.ts";
import type { LengthFacts, PairRecord } from "../../tasks/record.ts";

/** Text output: facts, then a line per bucket. */
export function pairsText(record: PairRecord): string {
  const { name, languages, seed, counts, dropped, vocabulary, merges, lengths, buckets, noise, hashes } = record;
  const left = Object.entries(dropped).filter(([, count]) => count > 0);
  const head = facts([
    ["data", `${name}, sentence pairs ${languages.join(" to ")}, seed ${seed}`],
    [
      "pairs",
      `${thousands(counts.train)} train, ${thousands(counts.valid)} clean validation, ${thousands(counts.test)} test`,
    ],
    [
      "left out",
      left.length === 0 ? "none" : left.map(([why, count]) => `${thousands(count)} ${WHY[why]!}`).join(", "),
    ],
    ["dictionary", `${thousands(vocabulary.size)} symbols, ${thousands(merges.count)} merges`],
    [`length, ${languages[0]}`, lengthText(lengths.source)],
    [`length, ${languages[1]}`, lengthText(lengths.target)],
    [
      "batches",
      `${thousands(record.stepsPerEpoch)} an epoch; ${percent(record.fill)} of their places hold a piece, the others padding`,
    ],
    [
      "noise",
      `${noise.spec}: ${percent(noise.rate)} of the training pairs are spoilt, ${percent(noise.maskedWords)} of the words masked`,
    ],
    ["merges SHA-256", merges.sha256],
    ["data SHA-256", hashes.dataset],
    ["split SHA-256", hashes.split],
    ["pairs SHA-256", hashes.noise],
  ]);
  const rows = buckets.map(({ source, target, size, pairs }) => [
    `${source} x ${target}`,
    String(size),
    thousands(pairs),
  ]);
  return [head, table(["bucket", "pairs of a batch", "training pairs"], rows)].join("\n\n");
}

const WHY: Readonly<Record<string, string>> = {
  empty: "with an empty side",
  long: "too long",
  ratio: "of too different lengths",
  word: "with a word of more than 1,000 characters",
  pieces: "of too many pieces",
};

const lengthText = ({ mean, median, most99, max }: LengthFacts): string =>
  `mean ${mean.toFixed(1)} pieces, median ${median}, 99 % at most ${most99}, longest ${max}`;
