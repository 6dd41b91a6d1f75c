/** @file Lowers a graph to an ONNX model: one rule per op, with repeated operands left to ONNX's own broadcasting. */

import { EngineError } from "../../errors.ts";
import type { Graph } from "../../graph/graph.ts";
import { topological } from "../../graph/graph.ts";
import { printEquation, printSpec } from "../../graph/print.ts";
import type { Value } from "../../graph/value.ts";
import { broadcastShape } from "../../ops/broadcast.ts";
import { opOf } from "../../ops/index.ts";
import type { Spec } from "../../tensor.ts";
import { sameShape } from "../../tensor.ts";
import { ModelBuilder } from "./builder.ts";
import { ElementType, encodeModel, valueInfo } from "./proto.ts";

/** Ops that ONNX broadcasts by itself. */
const BROADCASTS = new Set(["add", "sub", "mul", "equal"]);

const elementType = ({ dtype }: Spec): ElementType => (dtype === "int" ? ElementType.int32 : ElementType.float);

/** Names of the ONNX values that hold each value of the graph, written when first asked for. */
export class Emitter {
  readonly builder = new ModelBuilder();
  readonly #names = new Map<Value, string>();

  constructor(inputs: readonly Value[]) {
    inputs.forEach((value, i) => this.#names.set(value, `input_${i}`));
  }

  /** The name of a value, lowering it if nothing has yet. Operands are lowered first: call in topological order. */
  name(value: Value): string {
    let name = this.#names.get(value);
    if (name === undefined) this.#names.set(value, (name = this.#lower(value)));
    return name;
  }

  #lower(value: Value): string {
    if (value.op === "input") throw new EngineError("onnx: the graph reads an input that is not among its inputs");
    const inputs = BROADCASTS.has(value.op) ? this.#broadcastOperands(value) : value.inputs.map((x) => this.name(x));
    try {
      const equation = { inputs, specs: value.inputs, attrs: value.attrs, result: value };
      return opOf(value.op).onnx(this.builder, equation);
    } catch (cause) {
      const names = new Map(value.inputs.map((x, i) => [x, `%${i}:${printSpec(x)}`]));
      const equation = printEquation(value, (x) => names.get(x)!);
      throw new EngineError(`onnx: cannot lower ${printSpec(value)} = ${equation}`, { cause });
    }
  }

  /** Feeds operands as they were before they were repeated, where the result keeps its shape all the same. */
  #broadcastOperands(value: Value): string[] {
    const before = value.inputs.map((x) => (x.op === "expand" ? x.inputs[0]! : x));
    const shapes = before.map((x) => (x.op === "fill" ? [] : x.shape));
    const fits = sameShape(broadcastShape(value.op, shapes[0]!, shapes[1]!), value.shape);
    return (fits ? before : value.inputs).map((x) =>
      fits && x.op === "fill" ? this.builder.floats([x.attrs["value"] as number], []) : this.name(x),
    );
  }
}

/** What only broadcasting operands use needs no node of its own. */
const isLazy = (value: Value): boolean => value.op === "expand" || value.op === "fill" || value.op === "input";

/** The bytes of an ONNX model with inputs `input_0 …` and outputs `output_0 …`. */
export function emitModel(graph: Graph, name: string): Uint8Array {
  const emitter = new Emitter(graph.inputs);
  for (const value of topological(graph.outputs)) if (!isLazy(value)) emitter.name(value);
  const { builder } = emitter;
  const outputs = graph.outputs.map((value, i) => ({ from: emitter.name(value), to: `output_${i}` }));
  const results = outputs.map(({ from, to }) => ({
    name: to,
    op_type: "Identity",
    domain: "",
    input: [from],
    output: [to],
    attribute: [],
  }));
  return encodeModel({
    name,
    node: [...builder.nodes, ...results],
    initializer: builder.initializers,
    input: graph.inputs.map((value, i) => valueInfo(`input_${i}`, elementType(value), value.shape)),
    output: graph.outputs.map((value, i) => valueInfo(`output_${i}`, elementType(value), value.shape)),
  });
}
