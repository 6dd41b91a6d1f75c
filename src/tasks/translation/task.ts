/** @file Translation as a task. */

import { SPECIAL } from "../../data/text/dictionary.ts";
import type { TokenOptions } from "../../objectives/tokens.ts";
import { tokenObjective } from "../../objectives/tokens.ts";
import { shortened } from "../../printable.ts";
import { float, int } from "../../tensor.ts";
import type { Aim, Task } from "../task.ts";
import { PairBatches } from "./batches.ts";
import type { PairData } from "./prepare.ts";
import { annotatedPairs } from "./prepare.ts";

/** Characters of a sentence in weights.csv. */
const SHOWN = 160;

/** What a student that translates is to predict. @param dropout share that it drops; absent: its own */
export const pairAim = (options: TokenOptions, rows: number, dropout?: number): Aim => ({
  objective: tokenObjective(options),
  form: {
    inputs: { source: int([2, 4]), sourceReal: float([2, 4]), previous: int([2, 4]), real: float([2, 4]) },
    outputs: options.vocabulary,
    vocabulary: { size: options.vocabulary, padding: SPECIAL.pad },
    ...(dropout === undefined ? {} : { dropout }),
  },
  rows,
});

/** Pairs that were split and spoilt, as a task. */
export function pairTask(data: PairData, dropout?: number): Task {
  const { name, seed, train, valid, test, noise, hashes, spelling, buckets } = data;
  const spoilt = train.mask.reduce((sum, flag) => sum + flag, 0);
  const rows = buckets.reduce((most, { size }) => Math.max(most, size), 1);
  return {
    ...pairAim({ ...data.objective, vocabulary: spelling.dictionary.symbols.length }, rows, dropout),
    name,
    seed,
    parts: {
      train: { count: train.count, wrong: train.mask },
      valid: { count: valid.count },
      trusted: { count: 0 },
      test: { count: test.count },
    },
    noise: { text: noise, rate: spoilt / train.count },
    hashes,
    sentences: { spelling, valid: valid.pairs, test: test.pairs },
    batches: () => new PairBatches(data),
    annotated: () => pairTask(annotatedPairs(data), dropout),
    reseeded: (other) => pairTask({ ...data, seed: other }, dropout),
    describe(part, position) {
      if (part === "trusted") return {};
      const { source, target } = data[part].pairs;
      const told = { source: shortened(source[position]!, SHOWN), target: shortened(target[position]!, SHOWN) };
      if (part !== "train") return { index: position, ...told };
      const clean = train.clean.target[position]!;
      return {
        index: train.lines[position]!,
        spoilt: train.mask[position]!,
        ...told,
        clean_target: shortened(clean, SHOWN),
      };
    },
  };
}
