/** @file The baseline: every example weighs 1/N, so that the loss is the batch's mean. */

import type { Value } from "../graph/value.ts";
import { fill } from "../ops/broadcast.ts";
import type { Method } from "./method.ts";
import type { StudentView } from "../objectives/view.ts";

/** w `[N]`: 1/N each. */
export const uniformWeights = ({ labels }: Pick<StudentView, "labels">): Value =>
  fill(1 / labels.shape[0]!, labels.shape);

export const uniform: Method = {
  name: "uniform",
  summary: "all examples weigh the same: the baseline",
  source: "mean cross-entropy",
  cost: "none",
  options: [],
  design: () => ({
    init: () => ({}),
    weigh: (_omega, view) => uniformWeights(view),
  }),
};
