/** @file Lowers a graph to an ONNX model, by one rule per op. ONNX's own broadcasting repeats operands where it can. */

import { EngineError } from "../../errors.ts";
import type { Graph } from "../../graph/graph.ts";
import { describeEquation } from "../../graph/print.ts";
import type { Value } from "../../graph/value.ts";
import { broadcastShape } from "../../ops/broadcast.ts";
import { opOf } from "../../ops/index.ts";
import type { Spec } from "../../tensor.ts";
import { sameShape } from "../../tensor.ts";
import type { Layouts } from "./blocked/layouts.ts";
import { repeatBlocked, toBlocked, toPlain } from "./blocked/layouts.ts";
import type { Plan } from "./blocked/plan.ts";
import { planOf } from "./blocked/plan.ts";
import { lowerBlocked, lowerFromBlocked } from "./blocked/rules.ts";
import type { HostArray } from "./builder.ts";
import { ModelBuilder } from "./builder.ts";
import type { OnnxGraph } from "./proto.ts";
import { ElementType, encodeModel, rename, valueInfo } from "./proto.ts";

/** Ops that ONNX broadcasts by itself. */
const BROADCASTS = new Set(["add", "sub", "mul", "equal"]);

const elementType = ({ dtype }: Spec): ElementType => (dtype === "int" ? ElementType.int32 : ElementType.float);

/** The machine that a model is made for. */
export interface Target {
  /** Channels in a block of the vectorised convolutions; undefined if there are none. */
  readonly block?: number | undefined;
  readonly threads: number;
}

/** Maps each value of the graph to ONNX values, in plain and blocked memory; lowers it at the first request. */
class Emitter implements Layouts {
  readonly builder = new ModelBuilder();
  readonly block: number;
  readonly threads: number;
  readonly #hasBlocks: boolean;
  readonly isBlocked: Layouts["isBlocked"];
  readonly isAbsorbed: Layouts["isAbsorbed"];
  readonly diesAt: Layouts["diesAt"];
  readonly #plain = new Map<Value, string>();
  readonly #blocked = new Map<Value, string>();

  constructor(inputs: readonly Value[], plan: Plan, { block, threads }: Target) {
    inputs.forEach((value, i) => this.#plain.set(value, `input_${i}`));
    ({ isBlocked: this.isBlocked, isAbsorbed: this.isAbsorbed, diesAt: this.diesAt } = plan);
    this.#hasBlocks = block !== undefined;
    this.block = block ?? 1;
    this.threads = threads;
  }

  /** Lowers a value in its own memory, plain or blocked. Call in topological order, operands first. */
  emit(value: Value): string {
    return this.isBlocked(value) ? this.blocked(value) : this.plain(value);
  }

  readonly plain = (value: Value): string =>
    named(this.#plain, value, () =>
      this.isBlocked(value) ? toPlain(this.builder, this.blocked(value), value) : this.#lower(value),
    );

  readonly blocked = (value: Value): string =>
    named(this.#blocked, value, () => {
      if (this.isBlocked(value)) return explained(value, () => lowerBlocked(this, value));
      const isRepeated = value.op === "expand" || value.op === "fill";
      return isRepeated ? repeatBlocked(this, value) : toBlocked(this.builder, this.plain(value), value);
    });

  #lower(value: Value): string {
    if (value.op === "input") throw new EngineError("onnx: the graph reads an input that is not among its inputs");
    return explained(value, () => {
      const special = this.#hasBlocks ? lowerFromBlocked(this, value) : undefined;
      if (special !== undefined) return special;
      const inputs = BROADCASTS.has(value.op) ? this.#broadcastOperands(value) : value.inputs.map(this.plain);
      const equation = { inputs, specs: value.inputs, attrs: value.attrs, result: value };
      return opOf(value.op).onnx(this.builder, equation);
    });
  }

  /** Uses operands from before their `expand`, if ONNX's broadcasting still gives the result's shape. */
  #broadcastOperands(value: Value): string[] {
    const before = value.inputs.map((x) => (x.op === "expand" ? x.inputs[0]! : x));
    const shapes = before.map((x) => (x.op === "fill" ? [] : x.shape));
    const fits = sameShape(broadcastShape(value.op, shapes[0]!, shapes[1]!), value.shape);
    return (fits ? before : value.inputs).map((x) =>
      fits && x.op === "fill" ? this.builder.floats([x.attrs["value"] as number], []) : this.plain(x),
    );
  }
}

function named(names: Map<Value, string>, value: Value, make: () => string): string {
  let name = names.get(value);
  if (name === undefined) names.set(value, (name = make()));
  return name;
}

/** Runs a lowering; errors name the equation. */
function explained(value: Value, lower: () => string): string {
  try {
    return lower();
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError(`onnx: cannot lower ${describeEquation(value)}`, { cause });
  }
}

/** A graph as a model. Arrays of the host are further inputs of the model, behind those of the graph. */
export interface Lowered<Model> {
  readonly model: Model;
  readonly hosted: readonly HostArray[];
}

/** Lowers a graph to nodes with inputs `input_0 …` and outputs `output_0 …`. */
export function lower(graph: Graph, name: string, target: Target): Lowered<OnnxGraph> {
  const plan = planOf(graph, target.block);
  const emitter = new Emitter(graph.inputs, plan, target);
  for (const value of plan.order) emitter.emit(value);
  const outputs = graph.outputs.map((value, i) => ({ from: emitter.plain(value), to: `output_${i}` }));
  const { nodes, initializers, hosted } = emitter.builder;
  const model = {
    name,
    node: [...nodes, ...outputs.map(({ from, to }) => rename(from, to))],
    initializer: initializers,
    input: [
      ...graph.inputs.map((value, i) => valueInfo(`input_${i}`, elementType(value), value.shape)),
      ...hosted.map(({ name, shape }) => valueInfo(name, ElementType.float, shape)),
    ],
    output: graph.outputs.map((value, i) => valueInfo(`output_${i}`, elementType(value), value.shape)),
  };
  return { model, hosted };
}

/** Lowers a graph to the bytes of an ONNX model, and to what the host computes for it. */
export function emitProgram(graph: Graph, name: string, target: Target): Lowered<Uint8Array> {
  const { model, hosted } = lower(graph, name, target);
  return { model: encodeModel(model), hosted };
}

/** The bytes of the ONNX model alone. */
export const emitModel = (graph: Graph, name: string, target: Target): Uint8Array =>
  emitProgram(graph, name, target).model;
