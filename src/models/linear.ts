/** @file Softmax regression: a linear classifier of an example's numbers. Its internal state I0 is the numbers themselves. */

import { initAll, applyNamed, rootKey } from "../nn/layer.ts";
import { linear } from "../nn/linear.ts";
import { flattened, flatWidth } from "./inputs.ts";
import type { Student, StudentFamily, StudentForm } from "./student.ts";

/** Logits = W x + b of an example's numbers x. @throws ConfigError for a task of other inputs */
export function linearStudent(form: StudentForm): Student {
  const layers = { classifier: linear(flatWidth("linear", form), form.outputs) };
  return {
    name: "linear",
    init: (seed) => initAll(layers, rootKey(seed)),
    apply(params, statistics, inputs, pass) {
      const I0 = flattened(inputs);
      const { y, statistics: after } = applyNamed(layers, "classifier", params, statistics, I0, pass);
      return { output: y, internals: { I0 }, statistics: { classifier: after } };
    },
  };
}

export const linears: StudentFamily = {
  names: "linear",
  make: (name, form) => (name === "linear" ? linearStudent(form) : undefined),
};
