/** @file A source of one's own as parts of a classification task. What nobody knows stays unknown. */

import { ConfigError } from "../../errors.ts";
import { sha256 } from "../../data/dataset.ts";
import { labelsFor, pickLabels } from "../../data/labels.ts";
import type { Labels } from "../../data/labels.ts";
import type { NoisyLabels } from "../../data/noise/noise.ts";
import { parseNoise } from "../../data/noise/parse.ts";
import { KnownLabels } from "../../data/own/known-labels.ts";
import type { Understood } from "../../data/own/understood.ts";
import { divideTrusted, limitExamples, makeSplit } from "../../data/split.ts";
import type { DataSettings } from "../kind.ts";
import type { Examples, Labelled } from "../labelled.ts";
import { sourceName } from "./name.ts";
import type { OwnParts } from "./parts.ts";

/** Given labels of some examples, and the right ones as far as they are known. */
interface Given {
  readonly labels: Labels;
  readonly right: KnownLabels;
}

/**
 * Divides a source. Training examples keep the labels that they were given; noise is drawn on these, and only then all
 * right ones are known.
 * @param content SHA-256, hex, of what the examples hold
 * @throws ConfigError for settings that the source does not fit
 */
export function divideOwn(understood: Understood, parts: OwnParts, settings: DataSettings, content: string): Labelled {
  const { classes, where } = understood;
  const { seed, valid: wanted, trainLimit, testLimit } = settings;
  const { labels } = parts;
  const K = classes.length;
  if (wanted > parts.trusted.length + parts.lost) {
    throw new ConfigError(
      `--valid: expected at most ${parts.trusted.length}, the trusted examples of ${where} that do not test, got ${wanted}`,
    );
  }
  const size = Math.min(wanted, parts.trusted.length);
  const valid = size === 0 ? new Uint32Array() : limitExamples(parts.trusted, labels, K, size, seed, "valid");
  const split = makeSplit(parts.train, valid);
  const train = limitExamples(split.train, labels, K, trainLimit, seed, "train");
  const test = limitExamples(parts.test, labels, K, testLimit, seed, "test");
  const { trained, apart } = divideTrusted(valid, labels, K, settings.trainOnTrusted, seed);
  const examples = (indices: Uint32Array): Examples => ({
    indices,
    labels: pickLabels(labels, indices),
    count: indices.length,
  });

  const drawn = drawNoise(understood, parts, settings, train, apart);
  const given: Given = drawn
    ? { labels: drawn.train.labels, right: KnownLabels.all(pickLabels(labels, train)) }
    : {
        labels: pickLabels(labels, train),
        right: KnownLabels.from(train.length, (position) => understood.right.at(train[position]!)),
      };
  const checked = drawn ? { givenLabels: drawn.valid.labels } : givenOf(understood, apart);
  const { annotated = new Uint32Array() } = checked as Partial<ReturnType<typeof givenOf>>;
  return {
    name: sourceName(where),
    classes,
    seed,
    source: understood,
    noise: drawn?.text ?? "none",
    noiseRate: drawn ? drawn.train.rate : shareOfWrong(given),
    matrix: drawn?.matrix,
    train: { ...examples(train), ...given },
    valid: {
      ...examples(apart),
      ...checked,
    },
    trusted: examples(trained),
    test: examples(test),
    hashes: {
      dataset: sha256(new TextEncoder().encode(JSON.stringify([content, classes]))),
      split: sha256(train, valid, test, pickLabels(labels, valid), pickLabels(labels, test)),
      // Methods may learn from what trusted examples were given, too.
      noise: sha256(train, given.labels, checked.givenLabels, annotated),
    },
  };
}

/** Noise on given labels, as experiments want it; undefined for the setting `none`. */
function drawNoise(
  { classes, where }: Understood,
  { labels }: OwnParts,
  { noise, noiseSeed, seed }: DataSettings,
  train: Uint32Array,
  valid: Uint32Array,
) {
  const setting = parseNoise(noise);
  if (setting.text === "none") return undefined;
  const fitted = setting.fit({ name: where, classes, train: { labels } }, { seed: noiseSeed ?? seed, folder: "" });
  // Models that read files are refused before.
  if (fitted instanceof Promise) throw new RangeError(`noise ${setting.text}: expected one that reads no files`);
  const of = (rows: Uint32Array, stream: "noise" | "validation noise"): NoisyLabels => fitted.corrupt(rows, stream);
  return {
    text: setting.text,
    matrix: fitted.matrix,
    train: of(train, "noise"),
    valid: of(valid, "validation noise"),
  };
}

/** The labels that trusted examples were given, where they have any beside the right ones. */
function givenOf({ classes, given, right }: Understood, trusted: Uint32Array) {
  const labels = Int32Array.from(trusted, (n) => given.at(n) ?? right.at(n)!);
  const annotated = Uint32Array.from(
    [...trusted.keys()].filter((position) => given.at(trusted[position]!) !== undefined),
  );
  return { givenLabels: labelsFor(classes.length, labels), annotated };
}

/** Share of wrong labels; null unless all are known. */
function shareOfWrong({ labels, right }: Given): number | null {
  if (right.known < labels.length) return null;
  let wrong = 0;
  for (const [position, label] of labels.entries()) wrong += Number(right.at(position) !== label);
  return wrong / labels.length;
}
