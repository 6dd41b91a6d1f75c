/** @file The gradient checker: derivatives of traced functions, to any order, against central differences (float64). */

import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import { fill } from "../../src/ops/broadcast.ts";
import { Random } from "../../src/random.ts";
import type { Spec, Tensor } from "../../src/tensor.ts";
import { sizeOf, tensor } from "../../src/tensor.ts";
import { vjp } from "../../src/transform/grad.ts";
import { jvp } from "../../src/transform/jvp.ts";

export type Function = (...x: Value[]) => Value;
export type JvpRule = typeof jvp;

/** Standard normal numbers of a shape. */
export function normal({ shape }: Spec, seed: number, stream: string): Tensor {
  const random = new Random(seed, stream);
  return tensor(
    Float64Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  );
}

async function run(f: Function, at: readonly Tensor[]): Promise<Tensor> {
  const [y] = await runOnce(
    reference,
    trace((...x) => [f(...x)], at),
    at,
  );
  return y!;
}

/** max |a − b| / max(1, max |b|) */
export function relativeError(a: Tensor, b: Tensor): number {
  let worst = 0;
  let scale = 1;
  b.data.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - a.data[i]!));
    scale = Math.max(scale, Math.abs(value));
  });
  return worst / scale;
}

const inner = (a: readonly Tensor[], b: readonly Tensor[]): number =>
  a.reduce((total, x, i) => total + Array.from(x.data).reduce((sum, v, j) => sum + v * b[i]!.data[j]!, 0), 0);

/** (f(x + h u) − f(x − h u)) / 2h */
async function centralDifference(
  f: Function,
  at: readonly Tensor[],
  along: readonly (Tensor | undefined)[],
  h = 1e-5,
): Promise<Tensor> {
  const moved = (sign: number): Tensor[] =>
    at.map((x, i) => {
      const u = along[i];
      return u
        ? tensor(
            Float64Array.from(x.data, (v, j) => v + sign * h * u.data[j]!),
            x.shape,
          )
        : x;
    });
  const [ahead, behind] = [await run(f, moved(1)), await run(f, moved(-1))];
  return tensor(
    Float64Array.from(ahead.data, (v, i) => (v - behind.data[i]!) / (2 * h)),
    ahead.shape,
  );
}

/**
 * The largest relative error of f's derivatives at `at`, up to `order`. Compares the jvp with central differences and
 * ⟨ct, jvp(u)⟩ with ⟨vjp(ct), u⟩, then checks both of these functions recursively. `rule` is the forward mode under
 * test.
 */
export async function maxGradError(
  f: Function,
  at: readonly Tensor[],
  order = 2,
  rule: JvpRule = jvp,
): Promise<number> {
  const isFloat = at.map((x) => x.dtype === "float");
  const floats = <T>(list: readonly T[]): T[] => list.filter((_, i) => isFloat[i]);
  const along = at.map((x, i) => (isFloat[i] ? normal(x, 100 + i, "direction") : undefined));
  const u = floats(along) as Tensor[];

  const forward: Function = (...operands) => {
    const x = operands.slice(0, at.length);
    const y = f(...x);
    return rule([y], floats(x), operands.slice(at.length))[0] ?? fill(0, y.shape);
  };
  const tangent = await run(forward, [...at, ...u]);
  let error = relativeError(tangent, await centralDifference(f, at, along));

  const ct = normal(tangent, 200, "cotangent");
  const pulled: Tensor[] = [];
  for (const which of u.keys()) {
    const reverse: Function = (...operands) => {
      const x = operands.slice(0, at.length);
      return vjp([f(...x)], floats(x), [operands[at.length]!])[which]!;
    };
    pulled.push(await run(reverse, [...at, ct]));
    if (order > 1) error = Math.max(error, await maxGradError(reverse, [...at, ct], order - 1, rule));
  }
  const [left, right] = [inner([ct], [tangent]), inner(pulled, u)];
  error = Math.max(error, Math.abs(left - right) / Math.max(1, Math.abs(left)));
  if (order > 1) error = Math.max(error, await maxGradError(forward, [...at, ...u], order - 1, rule));
  return error;
}
