/**
 * @file The teacher network: a score z for each example from its features, by a linear map or an MLP (paper, section "Teacher Model" and
 * the depth ablation). MLP-n has n hidden layers as wide as its input, each with a ReLU.
 *
 * Our choices, where the paper is silent: the last layer starts at 0, so that the first weights are uniform; hidden layers start as He et
 * al. have it. The linear teacher keeps one array per feature: `W` for I0, `E` (a number per class) for M0, `U` and `J` for the pairs, others by
 * the feature's name.
 */

import type { Value } from "../../graph/value.ts";
import { heTensor } from "../../initial.ts";
import { pick } from "../../ops/compose.ts";
import { add, relu } from "../../ops/elementwise.ts";
import { matmul } from "../../ops/matmul.ts";
import { concat, reshape } from "../../ops/movement.ts";
import type { Spec, Tensor } from "../../tensor.ts";
import { float, sizeOf, zeros } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { leaf } from "../../tree.ts";
import type { Feature } from "../../objectives/class-features.ts";
import { featureOf, isPair, pairedOf, parseFeatures, widthOf } from "../../objectives/class-features.ts";
import type { TeacherForm } from "../method.ts";
import type { TaskSpec } from "../../objectives/task-spec.ts";
import type { MethodOptions } from "../options.ts";
import type { StudentView } from "../../objectives/view.ts";

export interface Teacher {
  readonly form: TeacherForm;
  readonly specs: Readonly<Record<string, Spec>>;
  init(seed: number): Tree<Tensor>;
  /** z `[N]` */
  score(omega: Tree<Value>, view: StudentView): Value;
}

/** Features with numbers for each class. */
const PER_CLASS: readonly Feature[] = ["M0", "M1", "bilinear", "joint"];

const NAMES: Readonly<Partial<Record<Feature, string>>> = { I0: "W", M0: "E", bilinear: "U", joint: "J" };
const nameOf = (feature: Feature): string => NAMES[feature] ?? feature;

export function makeTeacher(task: TaskSpec, options: Pick<MethodOptions, "features" | "teacher">): Teacher {
  const all = parseFeatures(options.features);
  const plain = all.filter((feature) => !isPair(feature));
  const pairs = all.filter(isPair);
  const depth = Number(options.teacher.slice("mlp-".length));
  const width = plain.reduce((total, feature) => total + widthOf(feature, task), 0);
  const isDeep = depth > 0 && width > 0;
  const hidden = Array.from({ length: isDeep ? depth : 0 }, (_, i) => i + 1);
  const specs: Record<string, Spec> = {};
  for (const i of hidden) {
    specs[`H${i}`] = float([width, width]);
    specs[`c${i}`] = float([width]);
  }
  if (isDeep) specs["W"] = float([width, 1]);
  else for (const feature of plain) specs[nameOf(feature)] = float([widthOf(feature, task), 1]);
  const rows = { bilinear: sizeOf(task.states.I0), joint: task.classes };
  for (const feature of pairs) specs[nameOf(feature)] = float([rows[feature], task.classes]);
  specs["b"] = float([1]);

  const network = (omega: Tree<Value>, view: StudentView): Value[] => {
    const inputs = plain.map((feature) => featureOf(feature, view, task));
    if (!isDeep) return inputs.map((x, i) => matmul(x, leaf(omega, nameOf(plain[i]!))));
    let x = concat(inputs, 1);
    for (const i of hidden) x = relu(add(matmul(x, leaf(omega, `H${i}`)), leaf(omega, `c${i}`)));
    return [matmul(x, leaf(omega, "W"))];
  };

  return {
    form: {
      options: { features: all.join("+"), teacher: options.teacher },
      perClass: all.some((feature) => PER_CLASS.includes(feature)),
    },
    specs,
    init: (seed) =>
      Object.fromEntries(
        Object.entries(specs).map(([name, { shape }]) => [
          name,
          name.startsWith("H") ? heTensor({ seed, path: `teacher ${name}` }, shape, shape[0]!) : zeros(shape),
        ]),
      ),
    score(omega, view) {
      const N = view.labels.shape[0]!;
      const terms = network(omega, view);
      for (const feature of pairs) {
        const perClass = matmul(pairedOf(feature, view), leaf(omega, nameOf(feature)));
        terms.push(reshape(pick(perClass, view.labels), [N, 1]));
      }
      const z = terms.reduce((total, term) => add(total, term));
      return reshape(add(z, leaf(omega, "b")), [N]);
    },
  };
}
