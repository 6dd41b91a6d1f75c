/**
 * @file What a teacher may see of an example that has a class, by the paper's names (section "Experiments",
 * ablations), and four of our own:
 *
 * | name       | feature                                                                                  | numbers        |
 * | ---------- | ---------------------------------------------------------------------------------------- | -------------- |
 * | `I0`       | the classifier's input                                                                   | d              |
 * | `I1` … `I3`| output of the last stage, the one before, …, flattened, over the square root of its size | C · H · W      |
 * | `M0`       | the given label, one-hot                                                                 | classes        |
 * | `M1`       | progress, mean loss and best accuracy so far, the predicted class, its margin            | classes + 4    |
 * | `loss`     | ℓₖ (ours)                                                                                | 1              |
 * | `trusted`  | 1 for trusted examples that are trained on, which are then weighed like the others (ours) | 1              |
 * | `bilinear` | I0 for each class apart: yᵀ U φ(x) (ours)                                                | d · classes    |
 * | `joint`    | the student's answer for each class apart: yᵀ J p(x) (ours)                              | classes²       |
 *
 * The last two are linear terms beside any depth. The margin is p(y) − max p(c ≠ y).
 */

import { ConfigError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import type { Internals } from "../models/student.ts";
import { expand, sum } from "../ops/broadcast.ts";
import { pick, softmax } from "../ops/compose.ts";
import { equal, mul, stopGradient, sub } from "../ops/elementwise.ts";
import { oneHot } from "../ops/gather.ts";
import { matmul } from "../ops/matmul.ts";
import { concat, reshape } from "../ops/movement.ts";
import { max } from "../ops/reduce.ts";
import { sizeOf } from "../tensor.ts";
import type { Feature, PairFeature } from "./features.ts";
import { countOf } from "./shares.ts";
import { internalStates, plainFeatures } from "./state-features.ts";
import type { View } from "./view.ts";
import { classesOf } from "./view.ts";

export const CLASS_FEATURES = ["I0", "I1", "I2", "I3", "M0", "M1", "loss", "trusted", "bilinear", "joint"] as const;

/** @throws ConfigError for text that is not a sum of features, or names one twice */
export function parseFeatures(text: string): string[] {
  const names = text.split("+").map((name) => name.trim());
  const odd = names.find(
    (name, i) => !(CLASS_FEATURES as readonly string[]).includes(name) || names.indexOf(name) !== i,
  );
  if (odd !== undefined) {
    throw new ConfigError(
      `--features: expected a sum of ${CLASS_FEATURES.join(", ")}, each once, such as I0+M0; got "${text}"`,
    );
  }
  return names;
}

/** All features that a student with these internal states has. @param internals shapes without the batch's axis */
export function classFeatures(classes: number, internals: Internals<readonly number[]>): Record<string, Feature> {
  return {
    ...internalStates(internals),
    M0: { kind: "vector", perClass: true, width: classes, of: (view) => givenLabel(view, classes) },
    M1: { kind: "vector", perClass: true, width: classes + 4, of: (view) => surface(view, classes) },
    ...plainFeatures,
    bilinear: pair(sizeOf(internals.I0), classes, (view) => view.internals.I0),
    joint: pair(classes, classes, (view) => softmax(classesOf(view).logits, 1)),
  };
}

/** yᵀ A q(x), with q(x) `[N, rows]`. */
const pair = (rows: number, classes: number, q: (view: View) => Value): PairFeature => ({
  kind: "pair",
  perClass: true,
  shape: [rows, classes],
  term: (view, matrix) => reshape(pick(matmul(q(view), matrix), classesOf(view).labels), [countOf(view), 1]),
});

/** M0, `[N, classes]`. */
export const givenLabel = (view: View, classes: number): Value => oneHot(classesOf(view).labels, classes);

/** p(y) − max p(c ≠ y), `[N, 1]`. */
export function margin(view: View, classes: number): Value {
  const p = stopGradient(softmax(classesOf(view).logits, 1));
  const given = givenLabel(view, classes);
  const own = sum(mul(p, given), [1]);
  // p is positive, so that the given class, set to 0, is never the largest of the others.
  return sub(own, max(mul(p, sub(1, given)), [1]));
}

/** M1. A tie of the prediction marks all the classes that share it. */
function surface(view: View, classes: number): Value {
  const N = countOf(view);
  const p = stopGradient(softmax(classesOf(view).logits, 1));
  const predicted = equal(p, expand(max(p, [1]), p.shape));
  return concat([expand(reshape(view.moment!, [1, 3]), [N, 3]), predicted, margin(view, classes)], 1);
}
