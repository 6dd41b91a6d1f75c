/**
 * @file ResNet-(6n+2) for small images (He, Zhang, Ren & Sun 2016, section 4.2): one 3×3 convolution, three
 * stages of n basic blocks with 16, 32 and 64 channels, global average pooling, a linear classifier. Shortcuts
 * between stages have no parameters (their option A).
 */

import { ConfigError } from "../../errors.ts";
import type { Value } from "../../graph/value.ts";
import { batchNorm } from "../../nn/batch-norm.ts";
import { conv } from "../../nn/conv.ts";
import type { Applied, Layer } from "../../nn/layer.ts";
import { activation, applyNamed, initAll, rootKey, sequential } from "../../nn/layer.ts";
import { linear } from "../../nn/linear.ts";
import { add, relu } from "../../ops/elementwise.ts";
import { pad, reshape, slice } from "../../ops/movement.ts";
import { mean } from "../../ops/reduce.ts";
import type { Tree } from "../../tree.ts";
import type { Student, StudentFamily, StudentForm } from "../student.ts";
import { imageShape, imagesOf } from "./inputs.ts";

const WIDTHS = [16, 32, 64] as const;

/** Option A: every `stride`-th pixel, and zeros for the new channels, half before and half after the old ones. */
function shortcut(x: Value, channels: number, stride: number): Value {
  const [N, C, H, W] = x.shape as [number, number, number, number];
  const picked = slice(x, { size: [N, C, Math.ceil(H / stride), Math.ceil(W / stride)], step: [1, 1, stride, stride] });
  const before = Math.floor((channels - C) / 2);
  return pad(picked, { low: [0, before, 0, 0], high: [0, channels - C - before, 0, 0] });
}

/** conv – BN – ReLU – conv – BN, plus the shortcut, ReLU. */
function basicBlock(inputs: number, outputs: number, stride: number): Layer {
  const branch = sequential({
    conv1: conv(inputs, outputs, 3, stride),
    bn1: batchNorm(outputs),
    relu: activation(relu),
    conv2: conv(outputs, outputs),
    bn2: batchNorm(outputs),
  });
  return {
    init: (key) => branch.init(key),
    apply(params, statistics, x, pass) {
      const applied = branch.apply(params, statistics, x, pass);
      return { y: relu(add(applied.y, shortcut(x, outputs, stride))), statistics: applied.statistics };
    },
  };
}

/** @param depth 6n + 2 with n ≥ 1: 8, 14, 20, 32, 44, 56, 110 … */
export function resnet(depth: number, form: StudentForm): Student {
  const [channels] = imageShape(`resnet${depth}`, form);
  const n = (depth - 2) / 6;
  const stem = sequential({ conv: conv(channels, WIDTHS[0]), bn: batchNorm(WIDTHS[0]), relu: activation(relu) });
  const stages = WIDTHS.map((width, stage) => {
    const block = (i: number): Layer =>
      i > 0 ? basicBlock(width, width, 1) : basicBlock(WIDTHS[Math.max(0, stage - 1)]!, width, stage === 0 ? 1 : 2);
    return sequential(Object.fromEntries(Array.from({ length: n }, (_, i) => [String(i), block(i)])));
  });
  const layers: Record<string, Layer> = {
    stem,
    stage1: stages[0]!,
    stage2: stages[1]!,
    stage3: stages[2]!,
    classifier: linear(WIDTHS[2], form.outputs),
  };
  return {
    name: `resnet${depth}`,
    init: (seed) => initAll(layers, rootKey(seed)),
    apply(params, statistics, inputs, pass) {
      const x = imagesOf(inputs);
      const after: Record<string, Tree<Value>> = {};
      const through = (name: string, y: Value): Value => {
        const applied: Applied = applyNamed(layers, name, params, statistics, y, pass);
        after[name] = applied.statistics;
        return applied.y;
      };
      const I3 = through("stage1", through("stem", x));
      const I2 = through("stage2", I3);
      const I1 = through("stage3", I2);
      const I0 = reshape(mean(I1, [2, 3]), [x.shape[0]!, WIDTHS[2]]);
      return { output: through("classifier", I0), internals: { I0, I1, I2, I3 }, statistics: after };
    },
  };
}

/** The deepest of the paper. */
const DEEPEST = 1202;

export const resnets: StudentFamily = {
  names: "resnet8, resnet14, resnet20, resnet32, resnet44, resnet56, resnet110 (6n + 2)",
  make(name, form) {
    const depth = Number(/^resnet-?(\d{1,15})$/.exec(name)?.[1]);
    if (depth > DEEPEST) throw new ConfigError(`--student: expected a resnet of depth ${DEEPEST} at most, got ${name}`);
    return depth >= 8 && (depth - 2) % 6 === 0 ? resnet(depth, form) : undefined;
  },
};
