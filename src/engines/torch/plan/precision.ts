/**
 * @file Reduced precision: convolutions read images rounded to bfloat16. Kernels, sums and results stay float32 in
 * memory.
 */

import type { Graph } from "../../../graph/graph.ts";
import { rebuild } from "../../../graph/graph.ts";
import type { Value } from "../../../graph/value.ts";
import { node } from "../../../graph/value.ts";
import { BFLOAT16 } from "./roles.ts";
import { isConvolution } from "./units.ts";

/** `tf32` only selects kernels on a graphics card; the program is the same as for `f32`. */
export type Precision = "f32" | "tf32" | "bf16";

/** The graph with images rounded before convolutions, if `precision` is `bf16`; else the same graph. */
export function withPrecision(graph: Graph, precision: Precision): Graph {
  if (precision !== "bf16") return graph;
  const rounded = new Map<Value, Value>();
  const round = (value: Value): Value => {
    let image = rounded.get(value);
    if (!image) rounded.set(value, (image = node(BFLOAT16, [value], {}, value)));
    return image;
  };
  const outputs = rebuild(graph.outputs, new Map(graph.inputs.map((x) => [x, x])), (value, operands) => {
    if (!isConvolution(value)) return { ...value, inputs: operands };
    // The second operand is the kernel, except in conv2dWeightGrad, which reads two images.
    const images = value.op === "conv2dWeightGrad" ? 2 : 1;
    return { ...value, inputs: operands.map((x, i) => (i < images ? round(x) : x)) };
  });
  return { inputs: graph.inputs, outputs };
}
