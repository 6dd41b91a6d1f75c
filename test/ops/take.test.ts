/** @file `take` and `put` in numbers, and what engines say of an index outside the rows. */

import { expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { pick } from "../../src/ops/compose.ts";
import { put, take } from "../../src/ops/take.ts";
import { float, int, tensor } from "../../src/tensor.ts";
import { torchRows } from "../engines/torch-here.ts";

const x = tensor([1, 2, 3, 4, 5, 6], [2, 3]);

test("take gives one element of each row, put writes one into each", async () => {
  const graph = trace((v, i, w) => [take(v, i), pick(v, i), put(w, i, 3)], [x, int([2]), float([2])]);
  const [taken, picked, rows] = await runOnce(reference, graph, [x, tensor(Int32Array.of(2, 0)), tensor([7, 8])]);
  expect([...taken!.data]).toEqual([3, 4]);
  expect([...picked!.data]).toEqual([3, 4]);
  expect([...rows!.data]).toEqual([0, 0, 7, 8, 0, 0]);
});

test.each([{ name: "onnx", make: () => onnxEngine({ threads: 1 }) }, ...torchRows({ torch: { threads: 1 } })])(
  "$name refuses an index outside the rows",
  async ({ make }) => {
    const graph = trace((v, i) => [take(v, i)], [x, int([2])]);
    await expect(runOnce(await make(), graph, [x, tensor(Int32Array.of(0, 3))])).rejects.toThrow("failed to run");
  },
);

test("shapes that do not fit are named", () => {
  expect(() => trace((v, i) => [take(v, i)], [x, int([3])])).toThrow(
    "expected x [N, V] and index [N], got [2,3] and [3]",
  );
  expect(() => trace((v, i) => [put(v, i, 3)], [x, int([2])])).toThrow(
    "expected x [N] and index [N], got [2,3] and [2]",
  );
});
