/**
 * @file What a teacher may see of an example, by the paper's names (section "Experiments", ablations), and two of our own:
 *
 * | name       | what                                                                                     | numbers        |
 * | ---------- | ---------------------------------------------------------------------------------------- | -------------- |
 * | `I0`       | the classifier's input                                                                   | d              |
 * | `I1` … `I3`| output of the last stage, the one before, …, flattened, over the square root of its size | C · H · W      |
 * | `M0`       | the given label, one-hot                                                                 | classes        |
 * | `M1`       | progress, mean loss and best accuracy so far, the predicted class, its margin            | classes + 4    |
 * | `loss`     | ℓₖ (ours)                                                                                | 1              |
 * | `bilinear` | I0 for each class apart: yᵀ U φ(x) (ours)                                                | d · classes    |
 * | `joint`    | the student's answer for each class apart: yᵀ J p(x) (ours)                              | classes²       |
 *
 * The last two are linear terms beside any depth. The margin is p(y) − max p(c ≠ y). Nothing here passes a gradient that the student's view does not.
 */

import { ConfigError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import { expand, sum } from "../ops/broadcast.ts";
import { softmax } from "../ops/compose.ts";
import { equal, mul, stopGradient, sub } from "../ops/elementwise.ts";
import { oneHot } from "../ops/gather.ts";
import { concat, reshape } from "../ops/movement.ts";
import { max } from "../ops/reduce.ts";
import { sizeOf } from "../tensor.ts";
import type { TaskSpec } from "./task-spec.ts";
import type { StudentView } from "./view.ts";

export const FEATURES = ["I0", "I1", "I2", "I3", "M0", "M1", "loss", "bilinear", "joint"] as const;
export type Feature = (typeof FEATURES)[number];
/** Terms yᵀ A q(x), which say how well an image fits the label that it was given. */
export type PairFeature = "bilinear" | "joint";
export type PlainFeature = Exclude<Feature, PairFeature>;

export const isPair = (feature: Feature): feature is PairFeature => feature === "bilinear" || feature === "joint";

/** @throws ConfigError for what is not a sum of features, or names one twice */
export function parseFeatures(text: string): Feature[] {
  const names = text.split("+").map((name) => name.trim());
  const odd = names.find((name, i) => !(FEATURES as readonly string[]).includes(name) || names.indexOf(name) !== i);
  if (odd !== undefined) {
    throw new ConfigError(
      `--features: expected a sum of ${FEATURES.join(", ")}, each once, such as I0+M0; got "${text}"`,
    );
  }
  return names as Feature[];
}

/** How many numbers a feature has. @throws ConfigError when the student has no such state */
export function widthOf(feature: PlainFeature, { classes, states }: TaskSpec): number {
  if (feature === "M0") return classes;
  if (feature === "M1") return classes + 4;
  if (feature === "loss") return 1;
  const shape = states[feature];
  if (!shape) {
    const has = Object.keys(states).join(", ");
    throw new ConfigError(`--features: expected states of this student, which are ${has}; got ${feature}`);
  }
  return sizeOf(shape);
}

/** A feature of each example, `[N, width]`. */
export function featureOf(feature: PlainFeature, view: StudentView, task: TaskSpec): Value {
  const N = view.labels.shape[0]!;
  if (feature === "M0") return oneHot(view.labels, task.classes);
  if (feature === "loss") return reshape(view.losses, [N, 1]);
  if (feature === "M1") return surface(view, task);
  const width = widthOf(feature, task);
  const state = reshape(view.states[feature]!, [N, width]);
  return feature === "I0" ? state : mul(state, 1 / Math.sqrt(width));
}

/** q(x) of a pair feature, `[N, rows of A]`. */
export function pairedOf(feature: PairFeature, { states, logits }: StudentView): Value {
  return feature === "bilinear" ? states.I0 : softmax(logits, 1);
}

/** p(y) − max p(c ≠ y), `[N, 1]`. */
export function margin({ logits, labels }: StudentView, { classes }: Pick<TaskSpec, "classes">): Value {
  const p = stopGradient(softmax(logits, 1));
  const given = oneHot(labels, classes);
  const own = sum(mul(p, given), [1]);
  // p is positive, so that the given class, set to 0, is never the largest of the others.
  return sub(own, max(mul(p, sub(1, given)), [1]));
}

/** M1. Ties of the prediction are broken by nothing: they are all marked. */
function surface(view: StudentView, task: TaskSpec): Value {
  const N = view.labels.shape[0]!;
  const p = stopGradient(softmax(view.logits, 1));
  const predicted = equal(p, expand(max(p, [1]), p.shape));
  return concat([expand(reshape(view.context, [1, 3]), [N, 3]), predicted, margin(view, task)], 1);
}
