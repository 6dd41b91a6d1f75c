/** @file Graphs: tracing a function, walking a graph, and rebuilding it with some values replaced. */

import type { Spec } from "../tensor.ts";
import type { Value } from "./value.ts";
import { input } from "./value.ts";

/** A closed computation. Values that no output needs are not part of it. */
export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** Traces `f`: runs it once, on symbolic inputs. `f` must be pure; it sees shapes, never numbers. */
export function trace(f: (...inputs: Value[]) => readonly Value[], specs: readonly Spec[]): Graph {
  const inputs = specs.map(input);
  return { inputs, outputs: f(...inputs) };
}

/** All values that `outputs` need, operands before users. Iterative, so the call stack does not limit the depth. */
export function topological(outputs: readonly Value[]): Value[] {
  const order: Value[] = [];
  const done = new Set<Value>();
  for (const output of outputs) {
    const stack: [value: Value, next: number][] = [[output, 0]];
    while (stack.length > 0) {
      const frame = stack[stack.length - 1]!;
      const [value, next] = frame;
      if (done.has(value)) {
        stack.pop();
      } else if (next < value.inputs.length) {
        frame[1]++;
        const operand = value.inputs[next]!;
        if (!done.has(operand)) stack.push([operand, 0]);
      } else {
        done.add(value);
        order.push(value);
        stack.pop();
      }
    }
  }
  return order;
}

/**
 * Rebuilds `outputs` bottom-up. `visit` gets each value and its replaced operands, and returns the value's replacement.
 * Values in `replaced` are swapped without a visit.
 */
export function rebuild(
  outputs: readonly Value[],
  replaced: ReadonlyMap<Value, Value>,
  visit: (value: Value, operands: readonly Value[]) => Value,
): Value[] {
  const now = new Map(replaced);
  for (const value of topological(outputs)) {
    if (now.has(value)) continue;
    now.set(
      value,
      visit(
        value,
        value.inputs.map((operand) => now.get(operand)!),
      ),
    );
  }
  return outputs.map((output) => now.get(output)!);
}

/** The number of equations per op, for tests and cost estimates. */
export function countOps(graph: Graph): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of topological(graph.outputs)) counts.set(op, (counts.get(op) ?? 0) + 1);
  return counts;
}
