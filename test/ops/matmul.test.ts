/** @file Products that transpose their operands themselves. */

import { expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { countOps, trace } from "../../src/graph/graph.ts";
import { input } from "../../src/graph/value.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { mul } from "../../src/ops/elementwise.ts";
import { foldedMatmul, matmul, transposeMatrix } from "../../src/ops/matmul.ts";
import { transpose } from "../../src/ops/movement.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { float, tensor } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { normal } from "../laws/check.ts";

const square = (y: ReturnType<typeof matmul>) => sumAll(mul(y, y));

test("in a graph with a batched product, no transposition is left before a product", () => {
  const graph = trace((a, b) => gradient(square(matmul(a, b)), [a, b]), [float([2, 3, 4]), float([2, 4, 5])]);
  expect(countOps(graph).get("transpose")).toBe(2);
  const simple = simplify(graph);
  expect(countOps(simple).get("transpose")).toBeUndefined();
  expect(countOps(simple).get("matmul")).toBe(countOps(graph).get("matmul"));
});

test("a graph without one keeps its transpositions", () => {
  const graph = trace((a, b) => gradient(square(matmul(a, b)), [a, b]), [float([3, 4]), float([4, 5])]);
  expect(countOps(simplify(graph)).get("transpose")).toBe(2);
});

test("a transposition of other axes stays, and one before a transposed operand cancels", () => {
  const [a, b] = [input(float([3, 2, 4])), input(float([2, 4, 5]))];
  expect(foldedMatmul(matmul(transpose(a, [1, 0, 2]), b))).toBeUndefined();
  const once = foldedMatmul(matmul(transposeMatrix(input(float([2, 4, 3]))), b))!;
  expect(once.attrs).toEqual({ ta: 1 });
  const back = foldedMatmul({ ...once, inputs: [transposeMatrix(input(float([2, 3, 4]))), b] })!;
  expect(back.attrs).toEqual({});
});

test("bᵀ aᵀ is the transpose of a b, element for element", async () => {
  const at = [normal(float([2, 3, 4]), 1, "a"), normal(float([2, 4, 5]), 2, "b")];
  const graph = trace(
    (a, b) => [matmul(a, b), foldedMatmul(matmul(transposeMatrix(b), transposeMatrix(a)))!],
    at.map((x) => tensor(x.data, x.shape)),
  );
  const [ab, ba] = await runOnce(reference, graph, at);
  const N = 3;
  const M = 5;
  ab!.data.forEach((value, i) => {
    const [batch, n, m] = [Math.floor(i / (N * M)), Math.floor(i / M) % N, i % M];
    expect(ba!.data[batch * N * M + m * N + n]).toBeCloseTo(value, 12);
  });
});
