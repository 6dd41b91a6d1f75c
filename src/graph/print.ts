/** @file Graphs as text, one equation per line. Names depend only on the structure, so tests can compare the text. */

import type { Spec } from "../tensor.ts";
import type { Graph } from "./graph.ts";
import { topological } from "./graph.ts";
import type { Attribute, Value } from "./value.ts";

/** a … z, aa, ab, … */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

/** `f[128,10]`, `i[128]`, `f[]`. */
export function printSpec({ shape, dtype }: Spec): string {
  return `${dtype === "float" ? "f" : "i"}[${shape.join(",")}]`;
}

function printAttribute(value: Attribute): string {
  return typeof value === "object" ? `[${value.join(",")}]` : String(value);
}

/** The right-hand side of one equation: `conv2d a b {stride=1, pad=1}`. */
export function printEquation(value: Value, name: (operand: Value) => string): string {
  const attrs = Object.entries(value.attrs).map(([key, attribute]) => `${key}=${printAttribute(attribute)}`);
  const words = [value.op, ...value.inputs.map(name)];
  if (attrs.length > 0) words.push(`{${attrs.join(", ")}}`);
  return words.join(" ");
}

/** One equation with its operands' specs, for errors of engines: `f[2,3] = add %0:f[2,3] %1:f[2,3]`. */
export function describeEquation(value: Value): string {
  const names = new Map(value.inputs.map((x, i) => [x, `%${i}:${printSpec(x)}`]));
  return `${printSpec(value)} = ${printEquation(value, (x) => names.get(x)!)}`;
}

/**
 * The whole graph:
 *
 *     input a:f[2,3] b:f[3]
 *     c:f[2,3] = expand b {shape=[2,3]}
 *     d:f[2,3] = mul a c
 *     output d
 */
export function printGraph(graph: Graph): string {
  const names = new Map<Value, string>();
  const nameOf = (value: Value): string => {
    let name = names.get(value);
    if (name === undefined) names.set(value, (name = letters(names.size)));
    return name;
  };
  const bind = (value: Value): string => `${nameOf(value)}:${printSpec(value)}`;
  const lines = [["input", ...graph.inputs.map(bind)].join(" ")];
  for (const value of topological(graph.outputs)) {
    if (value.op === "input") nameOf(value);
    else {
      const right = printEquation(value, nameOf);
      lines.push(`${bind(value)} = ${right}`);
    }
  }
  lines.push(["output", ...graph.outputs.map(nameOf)].join(" "));
  return lines.join("\n");
}
