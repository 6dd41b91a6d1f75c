/**
 * @file Tests whether onnxruntime on this machine has the vectorised convolutions of the domain `com.microsoft.nchwc`,
 * and with how many channels in a block. The domain is onnxruntime's own and undocumented, so every assumption is
 * tested. The block size is read off a reordered array, and a small graph that uses everything the blocked lowering
 * relies on must give the same numbers as the plain lowering.
 */

import type * as ort from "onnxruntime-node";
import type { Graph } from "../../graph/graph.ts";
import { trace } from "../../graph/graph.ts";
import type { Value } from "../../graph/value.ts";
import { expand, sum, sumAll } from "../../ops/broadcast.ts";
import { conv2d } from "../../ops/convolution.ts";
import { add, mul, relu } from "../../ops/elementwise.ts";
import { float, sizeOf } from "../../tensor.ts";
import { gradient } from "../../transform/grad.ts";
import { ModelBuilder } from "./builder.ts";
import { blockedNode } from "./blocked/layouts.ts";
import type { Target } from "./emit.ts";
import { emitModel } from "./emit.ts";
import { ElementType, encodeModel, rename, valueInfo } from "./proto.ts";

type Runtime = typeof ort;

/** Channels per block, or the reason why there are no blocks. */
export type Probe = { readonly block: number } | { readonly block: undefined; readonly reason: string };

/** Float32 sums of a few hundred products agree to about 1e-6. */
const TOLERANCE = 1e-4;

const message = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

async function run(
  runtime: Pick<Runtime, "InferenceSession">,
  model: Uint8Array,
  inputs: readonly ort.Tensor[],
): Promise<Float32Array[]> {
  const session = await runtime.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  try {
    const results = await session.run(Object.fromEntries(inputs.map((x, i) => [`input_${i}`, x])));
    return session.outputNames.map((name) => results[name]!.data as Float32Array);
  } finally {
    await session.release();
  }
}

/**
 * The block size B, read off a reordered array: 64 channels of two pixels, numbered from 0. In blocked memory the first
 * pixels of B channels come before the second pixel of the first channel, whose number is 1.
 */
async function blockSize(runtime: Pick<Runtime, "InferenceSession" | "Tensor">): Promise<number> {
  const shape = [1, 64, 1, 2];
  const builder = new ModelBuilder();
  const from = blockedNode(builder, "ReorderInput", ["input_0"]);
  const model = encodeModel({
    name: "block size",
    node: [...builder.nodes, rename(from, "output_0")],
    initializer: [],
    input: [valueInfo("input_0", ElementType.float, shape)],
    output: [valueInfo("output_0", ElementType.float, shape)],
  });
  const numbers = new runtime.Tensor(
    "float32",
    Float32Array.from({ length: 128 }, (_, i) => i),
    shape,
  );
  const [reordered] = await run(runtime, model, [numbers]);
  return reordered!.indexOf(1);
}

/** Convolutions of strides 1 and 2 with scale, offset, sum and ReLU, and all gradients; the batch fills no block. */
function sample(block: number): Graph {
  const [C, O] = [block, 2 * block];
  return trace(
    (x, w, v) => {
      const forward = (stride: number): Value => {
        const y = conv2d(x, w, { stride, pad: 1 });
        const scaled = add(mul(y, expand(v, y.shape)), expand(v, y.shape));
        return sum(mul(relu(add(scaled, mul(y, y))), y), [2, 3]);
      };
      const total = add(sumAll(forward(1)), sumAll(forward(2)));
      return [forward(1), forward(2), ...gradient(total, [x, w, v])];
    },
    [float([block + 3, C, 5, 6]), float([O, C, 3, 3]), float([1, O, 1, 1])],
  );
}

function worstError(got: readonly Float32Array[], want: readonly Float32Array[]): number {
  const errors = want.map((array, i) => {
    const scale = array.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    // Math.max propagates a NaN, and a NaN is not below the tolerance.
    return array.reduce((most, value, j) => Math.max(most, Math.abs(value - got[i]![j]!)), 0) / scale;
  });
  return Math.max(...errors);
}

/** Tests blocked memory in the given runtime. Never throws: any failure is a reason to use plain memory. */
export async function probe(runtime: Pick<Runtime, "InferenceSession" | "Tensor">): Promise<Probe> {
  try {
    const block = await blockSize(runtime);
    if (block < 2) return { block: undefined, reason: `onnxruntime has no blocks on ${process.arch}` };
    const graph = sample(block);
    const inputs = graph.inputs.map(({ shape }, i) => {
      const data = Float32Array.from({ length: sizeOf(shape) }, (_, j) => Math.sin(1 + i + 7 * j) / 4);
      return new runtime.Tensor("float32", data, shape);
    });
    const outputs = (target: Target): Promise<Float32Array[]> =>
      run(runtime, emitModel(graph, "probe", target), inputs);
    const error = worstError(await outputs({ block, threads: 2 }), await outputs({ threads: 2 }));
    if (error < TOLERANCE) return { block };
    return {
      block: undefined,
      reason: `blocks of ${block} give other numbers than plain memory: relative error ${error}`,
    };
  } catch (cause) {
    return { block: undefined, reason: `onnxruntime refuses blocked memory: ${message(cause)}` };
  }
}

let known: Promise<Probe> | undefined;

/** Probes once per process, in some tens of milliseconds. */
export function probeBlocks(runtime: Runtime): Promise<Probe> {
  return (known ??= probe(runtime));
}
