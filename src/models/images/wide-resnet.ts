/**
 * @file Wide ResNet WRN-d-k (Zagoruyko & Komodakis 2016): pre-activation blocks, three stages of n = (d − 4) /
 * 6 blocks with 16k, 32k and 64k channels. Where the width changes, the shortcut is a 1×1 convolution of the
 * normalised input. No dropout.
 */

import { ConfigError } from "../../errors.ts";
import type { Value } from "../../graph/value.ts";
import { batchNorm } from "../../nn/batch-norm.ts";
import { conv } from "../../nn/conv.ts";
import type { Layer } from "../../nn/layer.ts";
import { activation, applyNamed, initAll, rootKey, sequential } from "../../nn/layer.ts";
import { linear } from "../../nn/linear.ts";
import { add, relu } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/movement.ts";
import { mean } from "../../ops/reduce.ts";
import type { Tree } from "../../tree.ts";
import type { Student, StudentFamily, StudentForm } from "../student.ts";
import { imageShape, imagesOf } from "./inputs.ts";

function wideBlock(inputs: number, outputs: number, stride: number): Layer {
  const layers: Record<string, Layer> = {
    activate: sequential({ bn: batchNorm(inputs), relu: activation(relu) }),
    branch: sequential({
      conv1: conv(inputs, outputs, 3, stride),
      bn: batchNorm(outputs),
      relu: activation(relu),
      conv2: conv(outputs, outputs),
    }),
    ...(inputs === outputs ? {} : { shortcut: conv(inputs, outputs, 1, stride) }),
  };
  return {
    init: (key) => initAll(layers, key),
    apply(params, statistics, x, pass) {
      const activated = applyNamed(layers, "activate", params, statistics, x, pass);
      const branch = applyNamed(layers, "branch", params, statistics, activated.y, pass);
      const around = layers["shortcut"]
        ? applyNamed(layers, "shortcut", params, statistics, activated.y, pass)
        : { y: x, statistics: {} };
      const after: Tree<Value> = {
        activate: activated.statistics,
        branch: branch.statistics,
        ...(layers["shortcut"] ? { shortcut: around.statistics } : {}),
      };
      return { y: add(branch.y, around.y), statistics: after };
    },
  };
}

/** @param depth 6n + 4 with n ≥ 1 (16, 22, 28, 40 …) @param widen k ≥ 1 */
export function wideResnet(depth: number, widen: number, form: StudentForm): Student {
  const [channels] = imageShape(`wrn-${depth}-${widen}`, form);
  const n = (depth - 4) / 6;
  const widths = [16 * widen, 32 * widen, 64 * widen] as const;
  const stage = (which: number): Layer => {
    const before = which === 0 ? 16 : widths[which - 1]!;
    const block = (i: number): Layer =>
      i > 0 ? wideBlock(widths[which]!, widths[which]!, 1) : wideBlock(before, widths[which]!, which === 0 ? 1 : 2);
    return sequential(Object.fromEntries(Array.from({ length: n }, (_, i) => [String(i), block(i)])));
  };
  const layers: Record<string, Layer> = {
    stem: conv(channels, 16),
    stage1: stage(0),
    stage2: stage(1),
    stage3: stage(2),
    final: sequential({ bn: batchNorm(widths[2]), relu: activation(relu) }),
    classifier: linear(widths[2], form.outputs),
  };
  return {
    name: `wrn-${depth}-${widen}`,
    init: (seed) => initAll(layers, rootKey(seed)),
    apply(params, statistics, inputs, pass) {
      const x = imagesOf(inputs);
      const after: Record<string, Tree<Value>> = {};
      const through = (name: string, y: Value): Value => {
        const applied = applyNamed(layers, name, params, statistics, y, pass);
        after[name] = applied.statistics;
        return applied.y;
      };
      const I3 = through("stage1", through("stem", x));
      const I2 = through("stage2", I3);
      const I1 = through("final", through("stage3", I2));
      const I0 = reshape(mean(I1, [2, 3]), [x.shape[0]!, widths[2]]);
      return { output: through("classifier", I0), internals: { I0, I1, I2, I3 }, statistics: after };
    },
  };
}

/** Bounds of what can be named: layers, and parameters, of which the k² · 96,768 n of the blocks are nearly all. */
const DEEPEST = 1000;
const LARGEST = 1e9;
const parametersOf = (depth: number, widen: number): number => ((depth - 4) / 6) * 96_768 * widen ** 2;

export const wideResnets: StudentFamily = {
  names: "wrn-D-K with D = 6n + 4 (such as wrn-28-10)",
  make(name, form) {
    const [, depth, widen] = /^wrn-(\d{1,15})-(\d{1,15})$/.exec(name)?.map(Number) ?? [];
    if (depth && widen && (depth > DEEPEST || parametersOf(depth, widen) > LARGEST)) {
      throw new ConfigError(
        `--student: expected a depth of ${DEEPEST} and some ${LARGEST} parameters at most, got ${name}`,
      );
    }
    return depth && widen && depth >= 10 && (depth - 4) % 6 === 0 ? wideResnet(depth, widen, form) : undefined;
  },
};
