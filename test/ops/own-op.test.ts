/**
 * @file An op that a program brings itself has derivatives of any order, and runs wherever its rules suffice.
 */

import { expect, test } from "vitest";
import type { Value } from "reweight/graph";
import {
  defineOp,
  grad,
  hvp,
  mul,
  onnxEngine,
  reference,
  registerOp,
  runOnce,
  selectEngine,
  sumAll,
  tensor,
  trace,
} from "reweight/graph";
import { hasTorch } from "../engines/torch-here.ts";

const definition = defineOp({
  name: "cube",
  kind: "elementwise",
  torch: "pointwise",
  infer: ([x]) => x!,
  evaluate: ([x], _attrs, { shape }) => ({ shape, dtype: "float", data: Float64Array.from(x!.data, (v) => v ** 3) }),
  slopes: ([x]) => [mul(3, mul(x!, x!))],
  onnx: (g, { inputs: [x] }) => g.node("Mul", [g.node("Mul", [x!, x!]), x!]),
});
const cubes = registerOp(definition);
const cube = (x: Value): Value => sumAll(cubes([x], {}));

const at = tensor([-2, 0.5, 3]);
const along = tensor([1, -1, 2]);
const graph = trace((x, v) => [cube(x), grad(cube)(x), hvp(cube)(x, v)], [at, along]);

// Σx³, its gradient 3x², and its Hessian's product with v, 6xv.
const wanted = [[-8 + 0.125 + 27], [3 * 4, 3 * 0.25, 3 * 9], [6 * -2 * 1, 6 * 0.5 * -1, 6 * 3 * 2]];

test.each([
  ["reference", () => Promise.resolve(reference)] as const,
  ["onnx", () => onnxEngine({ threads: 1 })] as const,
])("%s computes it, its gradient and its Hessian", async (_name, engine) => {
  const got = await runOnce(await engine(), graph, [at, along]);
  expect(got.map(({ data }) => [...data])).toEqual(wanted);
});

test("a name that an op has is refused", () => {
  expect(() => registerOp(definition)).toThrow('op: expected a name that no op has, got "cube"');
  expect(() => registerOp({ ...definition, name: "mul" })).toThrow('got "mul"');
});

test.runIf(hasTorch)("torch, which has native ops only, says so", async () => {
  const torch = await selectEngine("torch", { threads: 1 });
  await expect(runOnce(torch, graph, [at, along])).rejects.toThrow(/cube/);
});
