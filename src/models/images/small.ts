/** @file Two small students: a multilayer perceptron, of images and of vectors, and a convolutional network. */

import type { Value } from "../../graph/value.ts";
import { batchNorm } from "../../nn/batch-norm.ts";
import { conv } from "../../nn/conv.ts";
import type { Layer } from "../../nn/layer.ts";
import { activation, applyNamed, initAll, rootKey, sequential } from "../../nn/layer.ts";
import { linear } from "../../nn/linear.ts";
import { relu } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/movement.ts";
import { mean } from "../../ops/reduce.ts";
import type { Arrays } from "../../tree.ts";
import { flattened, flatWidth } from "../inputs.ts";
import type { Student, StudentFamily, StudentForm } from "../student.ts";
import { imageShape, imagesOf } from "./inputs.ts";

/** A body that makes the classifier's input, and the classifier. */
function withClassifier(
  name: string,
  body: Layer,
  prepare: (inputs: Arrays<Value>) => Value,
  pool: (y: Value) => Value,
  classifier: Layer,
): Student {
  const layers = { body, classifier };
  return {
    name,
    init: (seed) => initAll(layers, rootKey(seed)),
    apply(params, statistics, inputs, pass) {
      const inside = applyNamed(layers, "body", params, statistics, prepare(inputs), pass);
      const I0 = pool(inside.y);
      const outside = applyNamed(layers, "classifier", params, statistics, I0, pass);
      return {
        output: outside.y,
        internals: { I0, I1: inside.y },
        statistics: { body: inside.statistics, classifier: outside.statistics },
      };
    },
  };
}

/** Flattened input – 256 – ReLU – 128 – ReLU – classes. */
export function mlp(form: StudentForm): Student {
  const body = sequential({
    hidden1: linear(flatWidth("mlp", form), 256),
    relu1: activation(relu),
    hidden2: linear(256, 128),
    relu2: activation(relu),
  });
  return withClassifier("mlp", body, flattened, (y) => y, linear(128, form.outputs));
}

/**
 * Three 3×3 convolutions (16, 32, 64 channels, the last two with stride 2), each with batch norm and ReLU;
 * average pooling.
 */
export function cnn(form: StudentForm): Student {
  const [channels] = imageShape("cnn", form);
  const unit = (inputs: number, outputs: number, stride: number): Layer =>
    sequential({ conv: conv(inputs, outputs, 3, stride), bn: batchNorm(outputs), relu: activation(relu) });
  const body = sequential({ unit1: unit(channels, 16, 1), unit2: unit(16, 32, 2), unit3: unit(32, 64, 2) });
  const pool = (y: Value): Value => reshape(mean(y, [2, 3]), [y.shape[0]!, 64]);
  return withClassifier("cnn", body, imagesOf, pool, linear(64, form.outputs));
}

export const mlps: StudentFamily = { names: "mlp", make: (name, form) => (name === "mlp" ? mlp(form) : undefined) };

export const cnns: StudentFamily = { names: "cnn", make: (name, form) => (name === "cnn" ? cnn(form) : undefined) };
