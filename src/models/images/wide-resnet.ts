/**
 * @file Wide ResNet WRN-d-k (Zagoruyko & Komodakis 2016): pre-activation blocks, three stages of n = (d − 4) / 6 blocks with 16k, 32k and
 * 64k channels. Where the width changes, the shortcut is a 1×1 convolution of the normalised input. No dropout.
 */

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
import type { Student, StudentTask } from "../student.ts";

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
    apply(params, state, x, mode) {
      const activated = applyNamed(layers, "activate", params, state, x, mode);
      const branch = applyNamed(layers, "branch", params, state, activated.y, mode);
      const around = layers["shortcut"]
        ? applyNamed(layers, "shortcut", params, state, activated.y, mode)
        : { y: x, state: {} };
      const after: Tree<Value> = {
        activate: activated.state,
        branch: branch.state,
        ...(layers["shortcut"] ? { shortcut: around.state } : {}),
      };
      return { y: add(branch.y, around.y), state: after };
    },
  };
}

/** @param depth 6n + 4 with n ≥ 1 (16, 22, 28, 40 …) @param widen k ≥ 1 */
export function wideResnet(depth: number, widen: number, { shape: [channels], classes }: StudentTask): Student {
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
    classifier: linear(widths[2], classes),
  };
  return {
    name: `wrn-${depth}-${widen}`,
    init: (seed) => initAll(layers, rootKey(seed)),
    apply(params, state, x, mode) {
      const after: Record<string, Tree<Value>> = {};
      const through = (name: string, y: Value): Value => {
        const applied = applyNamed(layers, name, params, state, y, mode);
        after[name] = applied.state;
        return applied.y;
      };
      const I3 = through("stage1", through("stem", x));
      const I2 = through("stage2", I3);
      const I1 = through("final", through("stage3", I2));
      const I0 = reshape(mean(I1, [2, 3]), [x.shape[0]!, widths[2]]);
      return { logits: through("classifier", I0), states: { I0, I1, I2, I3 }, state: after };
    },
  };
}
