/** @file Classification of texts as a kind of task. */

import { parseNoise } from "../../data/noise/parse.ts";
import { TEXT_SETS, textSource } from "../../data/texts/load-texts.ts";
import type { TextSetName } from "../../data/texts/load-texts.ts";
import { ConfigError } from "../../errors.ts";
import { textStudents } from "../../models/make.ts";
import { refuseOwn } from "../own/check.ts";
import type { DataSettings, TaskKind } from "../kind.ts";
import type { TextData } from "./prepare.ts";
import { prepareTexts } from "./prepare.ts";
import { randomTexts } from "./random.ts";
import { describeTexts } from "./record.ts";
import { textAim, textTask } from "./task.ts";

/** About those of TREC. */
const MADE_UP = { vocabulary: 8192, length: 24, classes: 6 };

/** Steps of plain training that suit a student; section "Text" of docs/results.md. */
const STEPS: Readonly<Record<string, object>> = {
  bag: { lr: 1, epochs: 30 },
  textcnn: { lr: 0.05, epochs: 15 },
  "text-transformer": { lr: 0.05, epochs: 15 },
};

const USUAL = "bag";

/** Texts as the settings say, split and with noise. */
async function textsOf(settings: DataSettings): Promise<TextData> {
  const { data, dataDir = "data", bpe = 0, trainLimit, testLimit, noiseSeed } = settings;
  return prepareTexts(await textSource(data)!.load(dataDir), {
    bpe,
    seed: settings.seed,
    validSize: settings.valid,
    trainOnTrusted: settings.trainOnTrusted,
    noise: settings.noise,
    ...(trainLimit === undefined ? {} : { trainLimit }),
    ...(testLimit === undefined ? {} : { testLimit }),
    ...(noiseSeed === undefined ? {} : { noiseSeed }),
  });
}

export const textKind: TaskKind<TextSetName> = {
  name: "texts",
  sets: TEXT_SETS,
  students: textStudents,
  madeUp: {
    aim: textAim(
      MADE_UP.vocabulary,
      Array.from({ length: MADE_UP.classes }, (_, i) => String(i)),
    ),
    batch: (size, seed) => randomTexts(MADE_UP, size, seed),
  },
  defaults: ({ data, student = USUAL }) => ({
    valid: textSource(data)!.valid,
    student,
    batch: 50,
    weightDecay: 1e-4,
    ...STEPS[student],
  }),
  check(settings) {
    const { data, noise, download } = settings;
    refuseOwn(settings);
    if (parseNoise(noise).readsFiles)
      throw new ConfigError(
        `--noise ${noise}: expected labels of texts, got those of images. Use uniform:P or flip2:P`,
      );
    if (download)
      throw new ConfigError(`--download: expected a set of images; copy the files of ${data} into --data-dir by hand`);
  },
  prepare: async (settings) => textTask(await textsOf(settings), settings.dropout),
  record: async (settings) => describeTexts(await textsOf(settings), settings.bpe ?? 0),
};
