/**
 * @file Teacher network: a score z for each example from its features, by a linear map or an MLP (paper, section
 * "Teacher Model" and the depth ablation). MLP-n has n hidden layers as wide as its input, each with a ReLU.
 *
 * The paper does not give the initialisation. Here the last layer starts at 0, so that the first weights are uniform,
 * and hidden layers have the initialisation of He et al. The linear teacher keeps one array per feature: `W` for I0,
 * `E` (a number per class) for M0, `U` and `J` for the pairs, others by the feature's name.
 */

import { ConfigError } from "../../errors.ts";
import type { Value } from "../../graph/value.ts";
import { heTensor } from "../../initial.ts";
import { parseFeatures } from "../../objectives/class-features.ts";
import type { Feature } from "../../objectives/features.ts";
import { countOf } from "../../objectives/shares.ts";
import type { TaskSpec } from "../../objectives/task-spec.ts";
import type { View } from "../../objectives/view.ts";
import { add, relu } from "../../ops/elementwise.ts";
import { matmul } from "../../ops/matmul.ts";
import { concat, reshape } from "../../ops/movement.ts";
import type { Spec, Tensor } from "../../tensor.ts";
import { float, zeros } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { leaf } from "../../tree.ts";
import type { TeacherSignature } from "../method.ts";
import type { MethodOptions } from "../options.ts";

export interface Teacher {
  readonly signature: TeacherSignature;
  readonly specs: Readonly<Record<string, Spec>>;
  init(seed: number): Tree<Tensor>;
  /** Score z `[N]`. */
  score(omega: Tree<Value>, view: View): Value;
}

const NAMES: Readonly<Record<string, string>> = { I0: "W", M0: "E", bilinear: "U", joint: "J" };
const nameOf = (feature: string): string => NAMES[feature] ?? feature;

/** @throws ConfigError if the task or the student lacks a feature */
function featuresOf({ features }: TaskSpec, names: readonly string[]): [name: string, feature: Feature][] {
  return names.map((name) => {
    const feature = features[name];
    if (feature) return [name, feature];
    throw new ConfigError(
      `--features: expected features of this student, which are ${Object.keys(features).join(", ")}; got ${name}`,
    );
  });
}

/** Teacher of a task, by the settings. @throws ConfigError if the task or the student lacks a feature */
export function makeTeacher(spec: TaskSpec, options: Pick<MethodOptions, "features" | "teacher">): Teacher {
  const all = featuresOf(spec, parseFeatures(options.features));
  const vectors = all.flatMap(([name, feature]) =>
    feature.kind === "vector" ? [{ name: nameOf(name), feature }] : [],
  );
  const pairs = all.flatMap(([name, feature]) => (feature.kind === "pair" ? [{ name: nameOf(name), feature }] : []));
  const depth = Number(options.teacher.slice("mlp-".length));
  const width = vectors.reduce((total, { feature }) => total + feature.width, 0);
  const isDeep = depth > 0 && width > 0;
  const hidden = Array.from({ length: isDeep ? depth : 0 }, (_, i) => i + 1);
  const specs: Record<string, Spec> = {};
  for (const i of hidden) {
    specs[`H${i}`] = float([width, width]);
    specs[`c${i}`] = float([width]);
  }
  if (isDeep) specs["W"] = float([width, 1]);
  else for (const { name, feature } of vectors) specs[name] = float([feature.width, 1]);
  for (const { name, feature } of pairs) specs[name] = float(feature.shape);
  specs["b"] = float([1]);

  const network = (omega: Tree<Value>, view: View): Value[] => {
    const inputs = vectors.map(({ feature }) => feature.of(view));
    if (!isDeep) return inputs.map((x, i) => matmul(x, leaf(omega, vectors[i]!.name)));
    let x = concat(inputs, 1);
    for (const i of hidden) x = relu(add(matmul(x, leaf(omega, `H${i}`)), leaf(omega, `c${i}`)));
    return [matmul(x, leaf(omega, "W"))];
  };

  return {
    signature: {
      options: { features: all.map(([name]) => name).join("+"), teacher: options.teacher },
      perClass: all.some(([, { perClass }]) => perClass),
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
      const terms = network(omega, view);
      for (const { name, feature } of pairs) terms.push(feature.term(view, leaf(omega, name)));
      const z = terms.reduce((total, term) => add(total, term));
      return reshape(add(z, leaf(omega, "b")), [countOf(view)]);
    },
  };
}
