/** @file The planner: turns a graph into a native program of ordered instructions, with a memory place per array. */

import { EngineError } from "../../../errors.ts";
import type { Graph } from "../../../graph/graph.ts";
import { topological } from "../../../graph/graph.ts";
import { describeEquation } from "../../../graph/print.ts";
import type { Value } from "../../../graph/value.ts";
import { sizeOf } from "../../../tensor.ts";
import type { ConvolutionInstruction, Instruction, NativeProgram, Slot } from "../program.ts";
import type { Roles } from "./roles.ts";
import { BFLOAT16, behind, rootOf } from "./roles.ts";
import { schedule } from "./schedule.ts";
import { tileInstruction } from "./tile.ts";
import type { OpaqueUnit, PassUnit, Units } from "./units.ts";
import { isConvolution, planUnits } from "./units.ts";
import { placeInWorkspace } from "./workspace.ts";

export interface PlanOptions {
  /** Whether to use fused passes and direct convolutions, which only the CPU has. */
  readonly fused: boolean;
}

/** Plans a graph as a native program called `name`. @throws EngineError if it reads an input that is not its own */
export function planProgram(graph: Graph, name: string, { fused }: PlanOptions): NativeProgram {
  const inputs = new Set(graph.inputs);
  if (topological(graph.outputs).some((value) => value.op === "input" && !inputs.has(value))) {
    throw new EngineError("torch: the graph reads an input that is not among its inputs");
  }
  const plan = planUnits(graph, fused);
  const leaving = new Set(plan.graph.outputs.map((output) => rootOf(output, plan.roles)));
  const bytesOf = (value: Value): number => (value.op === "input" || leaving.has(value) ? 0 : memoryOf(value));
  const units = schedule(plan.units, bytesOf);
  const writer = new Writer(plan, leaving, fused);
  units.forEach((unit) => writer.write(unit));
  return writer.finish(name, units, bytesOf);
}

const dtypeOf = ({ op, dtype }: Value): Slot["dtype"] => (op === BFLOAT16 ? "bfloat16" : dtype);

const memoryOf = (value: Value): number => sizeOf(value.shape) * (value.op === BFLOAT16 ? 2 : 4);

/** Writes the instructions and assigns slots to the arrays that they name. */
class Writer {
  readonly #plan: Units;
  readonly #roles: Roles;
  readonly #fused: boolean;
  readonly #slots: { value: Value; kind: Slot["kind"] }[] = [];
  readonly #slotOf = new Map<Value, number>();
  readonly #instructions: Instruction[] = [];

  constructor(plan: Units, leaving: ReadonlySet<Value>, fused: boolean) {
    this.#plan = plan;
    this.#roles = plan.roles;
    this.#fused = fused;
    plan.graph.inputs.forEach((value) => this.#slot(value, "input"));
    for (const value of plan.units.flatMap(({ makes }) => makes)) {
      this.#slot(value, leaving.has(value) ? "output" : "work");
    }
  }

  write(unit: PassUnit | OpaqueUnit): void {
    if (unit.kind === "pass") this.#writePass(unit);
    else unit.parts.forEach((part, i) => this.#writeOpaque(part, unit.makes[0]!, i > 0));
  }

  finish(name: string, units: readonly (PassUnit | OpaqueUnit)[], bytesOf: (value: Value) => number): NativeProgram {
    const outputs = this.#plan.graph.outputs.map((output) => this.#tensor(output));
    const inside = units.flatMap(({ makes }) => makes).filter((value) => bytesOf(value) > 0);
    const last = new Map<Value, number>();
    units.forEach(({ makes, reads }, at) => [...makes, ...reads].forEach((value) => last.set(value, at)));
    const first = new Map(units.flatMap(({ makes }, at) => makes.map((value) => [value, at] as const)));
    const lives = inside.map((value) => ({ bytes: memoryOf(value), first: first.get(value)!, last: last.get(value)! }));
    const { offsets, bytes } = placeInWorkspace(lives);
    const offsetOf = new Map(inside.map((value, i) => [value, offsets[i]!]));
    return {
      name,
      slots: this.#slots.map(({ value, kind }) => ({
        kind,
        shape: value.shape,
        dtype: dtypeOf(value),
        offset: offsetOf.get(value) ?? 0,
      })),
      inputs: this.#plan.graph.inputs.map((value) => this.#slotOf.get(value)!),
      outputs,
      instructions: this.#instructions,
      bytes,
    };
  }

  #slot(value: Value, kind: Slot["kind"]): number {
    const known = this.#slotOf.get(value);
    if (known !== undefined) return known;
    this.#slotOf.set(value, this.#slots.length);
    return this.#slots.push({ value, kind }) - 1;
  }

  #writePass({ makes: pass, plan }: PassUnit): void {
    const more = pass.length > 1 ? ` and ${pass.length - 1} more in one pass` : "";
    const equation = describeEquation(pass[0]!) + more;
    const slotOf = (value: Value): number => this.#slotOf.get(value)!;
    this.#instructions.push(tileInstruction(plan, pass, this.#roles, slotOf, equation));
  }

  #writeOpaque(value: Value, into: Value, accumulate: boolean): void {
    const out = this.#slotOf.get(into)!;
    if (this.#fused && isConvolution(value) && value.inputs.every((x) => this.#isDense(x))) {
      this.#instructions.push(this.#convolution(value, out, accumulate));
      return;
    }
    if (accumulate) throw new EngineError(`torch: ${describeEquation(value)} cannot add into another array`);
    const equation = describeEquation(value);
    const operands = value.inputs.map((x) => this.#tensor(x));
    this.#instructions.push({ kind: "row", equation, op: value.op, attributes: value.attrs, in: operands, out });
  }

  /** Whether a value has the shape of its memory: no view and no `expand` lies between them. */
  #isDense(value: Value): boolean {
    return rootOf(value, this.#roles) === behind(value, this.#roles);
  }

  #convolution(value: Value, out: number, accumulate: boolean): ConvolutionInstruction {
    const [first, second] = value.inputs as [Value, Value];
    const [x, w, g] = (
      { conv2d: [first, second, value], conv2dInputGrad: [value, second, first] }[value.op] ?? [first, value, second]
    ).map(({ shape }) => shape) as [number[], number[], number[]];
    const slotOf = (operand: Value): number => this.#slotOf.get(behind(operand, this.#roles))!;
    return {
      kind: "convolution",
      equation: describeEquation(value),
      form: value.op,
      ...{ x, w, g },
      stride: value.attrs["stride"] as number,
      pad: value.attrs["pad"] as number,
      accumulate,
      bfloat16: first.op === BFLOAT16,
      a: slotOf(first),
      b: slotOf(second),
      out,
    };
  }

  /**
   * The slot of an array with the value's own shape and strides: its memory, or a view of it. An instruction makes the
   * view before its first use.
   */
  #tensor(value: Value): number {
    const known = this.#slotOf.get(value);
    if (known !== undefined) return known;
    const operands = value.inputs.map((x) => this.#tensor(x));
    const out = this.#slot(value, "view");
    const equation = describeEquation(value);
    this.#instructions.push({ kind: "row", equation, op: value.op, attributes: value.attrs, in: operands, out });
    return out;
  }
}
