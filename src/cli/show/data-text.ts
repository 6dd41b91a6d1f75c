/** @file A task as `reweight data` prints it. */

import { facts, percent, table, thousands } from "../../format.ts";
import type { ImageRecord, TaskRecord, TextRecord } from "../../tasks/record.ts";

/** Text output: facts, then a line per class, then the confusion of at most ten classes. */
export function dataText(record: TaskRecord): string {
  const { name, classes, counts, noise, hashes, perClass, seed } = record;
  const head = facts([
    [
      "data",
      `${name}, ${classes.length} classes, ${"shape" in record ? `images [${record.shape.join(", ")}]` : "texts"}, seed ${seed}`,
    ],
    [
      "examples",
      `${thousands(counts.train)} train, ${thousands(counts.valid)} clean validation, ${thousands(counts.test)} test`,
    ],
    ...("shape" in record ? imageFacts(record) : textFacts(record)),
    ["noise", `${noise.spec}: ${percent(noise.rate)} of the training labels are wrong`],
    ["data SHA-256", hashes.dataset],
    ["split SHA-256", hashes.split],
    ["labels SHA-256", hashes.noise],
  ]);
  const rows = classes.map((label, k) => [
    String(k),
    label,
    ...[perClass.train, perClass.given, perClass.valid, perClass.test].map((of) => thousands(of[k] ?? 0)),
    mostWrong(noise.confusion[k] ?? [], k, classes),
  ]);
  const perClassTable = table(["id", "class", "train", "so labelled", "valid", "test", "wrong labels given"], rows);
  return [head, perClassTable].join("\n\n");
}

function imageFacts({ mean, std, augment }: ImageRecord): [string, string][] {
  const numbers = (values: readonly number[]): string => values.map((value) => value.toFixed(4)).join(", ");
  return [
    ["mean, std", `${numbers(mean)}; ${numbers(std)} (pixels in [0, 1])`],
    ["augmentation", `pad ${augment.pad} (${augment.padding}) and crop${augment.flip ? ", flip" : ", no flip"}`],
  ];
}

function textFacts({ vocabulary, lengths, unseen, repeated, counts }: TextRecord): [string, string][] {
  const unit = vocabulary.bpe > 0 ? "pieces" : "words";
  return [
    ["vocabulary", `${thousands(vocabulary.size)} ${unit}; ${percent(unseen)} of those in test texts are not in it`],
    ["lengths", `mean ${lengths.mean.toFixed(1)} ${unit}, median ${lengths.median}, at most ${lengths.max}`],
    [
      "repeated",
      `${repeated.train} of ${thousands(counts.train)} training texts, and ${repeated.test} test texts stand among them`,
    ],
  ];
}

/** Most frequent wrong labels of a class, at most three: "210 as cat, 190 as dog". */
function mostWrong(row: readonly number[], k: number, classes: readonly string[]): string {
  const wrong = row
    .map((n, j) => ({ n, j }))
    .filter(({ n, j }) => n > 0 && j !== k)
    .sort((a, b) => b.n - a.n);
  const shown = wrong.slice(0, 3).map(({ n, j }) => `${n} as ${classes[j] ?? j}`);
  return shown.join(", ") + (wrong.length > 3 ? `, and ${wrong.length - 3} more` : "");
}
