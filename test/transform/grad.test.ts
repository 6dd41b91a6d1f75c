import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { printGraph } from "../../src/graph/print.ts";
import type { Value } from "../../src/graph/value.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { exp, mul, relu, sub } from "../../src/ops/elementwise.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { float, tensor } from "../../src/tensor.ts";
import { grad, gradient, hvp } from "../../src/transform/grad.ts";

const values = async (f: (...x: Value[]) => readonly Value[], ...at: number[]): Promise<number[]> => {
  const tensors = at.map((x) => tensor(x));
  const outputs = await runOnce(reference, trace(f, tensors), tensors);
  return outputs.map(({ data }) => data[0]!);
};

describe("grad", () => {
  test("nests: the third derivative of x⁵ is 60 x²", async () => {
    const power = (x: Value): Value => mul(mul(mul(x, x), mul(x, x)), x);
    expect(await values((x) => [grad(grad(grad(power)))(x)], 1.5)).toEqual([60 * 1.5 ** 2]);
  });

  test("does not confuse an inner variable with an outer one that it equals", async () => {
    // d/dx [ x · d/dy (x · y) at y = x ] = d/dx [ x · x ] = 2x, not 3x or 4x.
    const f = (x: Value): Value => mul(x, grad((y: Value) => mul(x, y))(x));
    expect(await values((x) => [grad(f)(x)], 3)).toEqual([6]);
  });

  test("takes trees and leaves other arguments alone", async () => {
    const f = ({ a, b }: { readonly a: Value; readonly b: Value }, c: Value): Value => mul(mul(a, mul(b, b)), c);
    const graph = (a: Value, b: Value, c: Value): Value[] => Object.values(grad(f)({ a, b }, c));
    expect(await values((a, b, c) => graph(a, b, c), 2, 3, 5)).toEqual([9 * 5, 2 * 2 * 3 * 5]);
  });

  test("of something that is not a scalar is refused", () => {
    expect(() => trace((x) => gradient(x, [x]), [float([3])])).toThrow("expected a scalar, got [3]");
  });

  test("hvp of exp(x) · y along (1, 0)", async () => {
    const f = ({ x, y }: { readonly x: Value; readonly y: Value }): Value => mul(exp(x), y);
    const product = (x: Value, y: Value, u: Value, v: Value): Value[] =>
      Object.values(hvp(f)({ x, y }, { x: u, y: v }));
    const [dx, dy] = await values((x, y, u, v) => product(x, y, u, v), 0.5, 2, 1, 0);
    expect(dx).toBeCloseTo(2 * Math.exp(0.5), 12);
    expect(dy).toBeCloseTo(Math.exp(0.5), 12);
  });
});

describe("the printed graph", () => {
  const loss = (w: Value, x: Value): Value => sumAll(relu(matmul(x, w)));

  test("of a gradient: one equation a line, shared work once, nothing that no output needs", () => {
    const graph = simplify(trace((w, x) => [grad(loss)(w, x)], [float([4, 2]), float([3, 4])]));
    expect(`\n${printGraph(graph)}\n`).toMatchInlineSnapshot(`
      "
      input a:f[4,2] b:f[3,4]
      c:f[4,3] = transpose b {axes=[1,0]}
      d:f[3,2] = matmul b a
      e:f[3,2] = relu d
      f:f[3,2] = step e
      g:f[4,2] = matmul c f
      output g
      "
    `);
  });

  test("of a Hessian–vector product along w", () => {
    const square = (x: Value): Value => sumAll(mul(sub(x, 1), mul(x, x)));
    const graph = simplify(trace((x, v) => [hvp(square)(x, v)], [float([3]), float([3])]));
    expect(`\n${printGraph(graph)}\n`).toMatchInlineSnapshot(`
      "
      input a:f[3] b:f[3]
      c:f[3] = mul b a
      d:f[3] = fill {value=1, shape=[3]}
      e:f[3] = sub a d
      f:f[3] = mul e b
      g:f[3] = add c f
      h:f[3] = fill {value=2, shape=[3]}
      i:f[3] = mul g h
      j:f[3] = mul c h
      k:f[3] = add i j
      output k
      "
    `);
  });
});
