/** @file Translation as a kind of task. */

import { loadPairs, pairSources } from "../../data/pairs/load-pairs.ts";
import type { PairSetName } from "../../data/pairs/load-pairs.ts";
import { parsePairNoise } from "../../data/pairs/noise/parse-pair-noise.ts";
import { readMerges } from "../../data/pairs/read-merges.ts";
import { ConfigError } from "../../errors.ts";
import { translationStudents } from "../../models/make.ts";
import { refuseOwn } from "../own/check.ts";
import type { DataSettings, TaskKind } from "../kind.ts";
import type { PairData } from "./prepare.ts";
import { preparePairs } from "./prepare.ts";
import { randomPairs } from "./random.ts";
import { describePairs } from "./record.ts";
import { pairAim, pairTask } from "./task.ts";

/** About those of Multi30k. */
const MADE_UP = { vocabulary: 4096, length: 16 };

/** Merges of BPE and validation pairs that suit a set. */
const USUAL: Readonly<Record<PairSetName, { readonly bpe: number; readonly valid: number }>> = {
  multi30k: { bpe: 4000, valid: 1014 },
  iwslt14: { bpe: 10_000, valid: 1000 },
  pairs: { bpe: 4000, valid: 1000 },
};

const objectiveOf = ({ labelSmoothing, smoothedOver, loss }: DataSettings): PairData["objective"] => ({
  smoothing: labelSmoothing,
  smoothedOver,
  unit: loss,
});

/** Pairs as the settings say, split and spoilt. */
async function pairsOf(settings: DataSettings): Promise<PairData> {
  const { data, dataDir, bpeCodes } = settings;
  const set = await loadPairs({ name: data as PairSetName, ...(dataDir === undefined ? {} : { dir: dataDir }) }); // or the message of loadPairs
  const merges = bpeCodes === undefined ? undefined : await readMerges(bpeCodes);
  return preparePairs(
    { ...set, ...(merges && { merges }) },
    { ...settings, bpe: merges?.length ?? settings.bpe ?? 0, objective: objectiveOf(settings) },
  );
}

export const translationKind: TaskKind<PairSetName> = {
  name: "sentence pairs",
  sets: pairSources.map(({ name }) => name),
  students: translationStudents,
  madeUp: {
    aim: pairAim({ vocabulary: MADE_UP.vocabulary, smoothing: 0.1, smoothedOver: "all", unit: "token" }, 128),
    batch: (size, seed) => randomPairs(MADE_UP, size, seed),
  },
  defaults: ({ data }) => ({
    ...USUAL[data as PairSetName],
    method: "uniform",
    student: "transformer-tiny",
    weightDecay: 1e-4,
    labelSmoothing: 0.1,
  }),
  check(settings) {
    const { data, noise, download, trainOnTrusted } = settings;
    refuseOwn(settings);
    parsePairNoise(noise);
    if (download)
      throw new ConfigError(`--download: expected a set of images; copy the files of ${data} into --data-dir by hand`);
    if (trainOnTrusted > 0)
      throw new ConfigError(
        `--train-on-trusted: expected 0 with sentence pairs, got ${trainOnTrusted}. trusted-only, mixed, fine-tune, glc and anchored ` +
          "train on trusted examples by themselves: use another --method",
      );
  },
  prepare: async (settings) => pairTask(await pairsOf(settings), settings.dropout),
  record: async (settings) => {
    const data = await pairsOf(settings);
    return describePairs(data, data.spelling.merges.length);
  },
};
