/** @file The reference engine: evaluates equations one by one in float64. Slow; other engines are tested against it. */

import { EngineError } from "../../errors.ts";
import type { Graph } from "../../graph/graph.ts";
import { topological } from "../../graph/graph.ts";
import type { Value } from "../../graph/value.ts";
import type { NdArray } from "../../ops/define.ts";
import { opOf } from "../../ops/index.ts";
import type { Tensor } from "../../tensor.ts";
import { expectWhole } from "../../tensor.ts";
import type { DeviceTensor, Engine, Program } from "../engine.ts";
import { ownInputs } from "../engine.ts";

class ReferenceTensor implements DeviceTensor {
  readonly array: NdArray;
  constructor(array: NdArray) {
    this.array = array;
  }
  get shape(): readonly number[] {
    return this.array.shape;
  }
  get dtype(): Tensor["dtype"] {
    return this.array.dtype;
  }
  read(): Promise<Tensor> {
    return Promise.resolve(this.array);
  }
}

function widen(tensor: Tensor): NdArray {
  const data = tensor.data instanceof Float32Array ? Float64Array.from(tensor.data) : tensor.data;
  return { shape: tensor.shape, dtype: tensor.dtype, data };
}

/** For each equation, the operands that no later equation reads: their arrays can be freed. */
function lastUses(order: readonly Value[], keep: ReadonlySet<Value>): Map<Value, Value[]> {
  const freed = new Map<Value, Value[]>();
  const seen = new Set(keep);
  for (const value of [...order].reverse()) {
    const dead = [...new Set(value.inputs)].filter((operand) => !seen.has(operand));
    dead.forEach((operand) => seen.add(operand));
    freed.set(value, dead);
  }
  return freed;
}

function interpret(
  graph: Graph,
  order: readonly Value[],
  freed: ReadonlyMap<Value, Value[]>,
  inputs: readonly NdArray[],
): NdArray[] {
  const arrays = new Map<Value, NdArray>(graph.inputs.map((value, i) => [value, inputs[i]!]));
  for (const value of order) {
    if (value.op !== "input") {
      const operands = value.inputs.map((operand) => arrays.get(operand)!);
      arrays.set(value, opOf(value.op).evaluate(operands, value.attrs, value));
    } else if (!arrays.has(value)) {
      throw new EngineError("reference: the graph reads an input that is not among its inputs");
    }
    for (const dead of freed.get(value)!) arrays.delete(dead);
  }
  return graph.outputs.map((output) => arrays.get(output)!);
}

/** The reference engine. */
export const reference: Engine = {
  name: "reference",
  identity: { name: "reference", version: process.version, device: "cpu", precision: "f64", threads: 1 },
  compile(graph, name = "reference"): Promise<Program> {
    const order = topological(graph.outputs);
    const freed = lastUses(order, new Set([...graph.outputs, ...graph.inputs]));
    return Promise.resolve({
      run(inputs) {
        const own = ownInputs(name, "reference", graph.inputs, inputs, (x) => x instanceof ReferenceTensor);
        // Arrays are kept as they were given, and may have been transferred since.
        own.forEach(({ array }, i) => expectWhole(`${name}: input ${i + 1}`, array));
        const arrays = own.map(({ array }) => array);
        return Promise.resolve(interpret(graph, order, freed, arrays).map((array) => new ReferenceTensor(array)));
      },
      close: () => Promise.resolve(),
    });
  },
  upload(tensor) {
    expectWhole("upload", tensor);
    return new ReferenceTensor(widen(tensor));
  },
};
