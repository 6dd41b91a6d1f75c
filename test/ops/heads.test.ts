/** @file Heads in numbers: a head of a sequence is a block of columns of its rows. */

import { expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { mergeHeads, splitHeads } from "../../src/ops/heads.ts";
import { float, tensor } from "../../src/tensor.ts";

const [N, T, H, K] = [2, 3, 2, 2];
const x = tensor(
  Array.from({ length: N * T * H * K }, (_, i) => i),
  [N * T, H * K],
);

test("sequence n · heads + h, place t, is columns h K … of row n places + t; merging undoes it", async () => {
  const graph = trace((v) => [splitHeads(v, H, T), mergeHeads(splitHeads(v, H, T), H)], [x]);
  const [split, merged] = await runOnce(reference, graph, [x]);
  expect(split!.shape).toEqual([N * H, T, K]);
  split!.data.forEach((value, i) => {
    const [n, h, t, k] = [Math.floor(i / (H * T * K)), Math.floor(i / (T * K)) % H, Math.floor(i / K) % T, i % K];
    expect(value).toBe((n * T + t) * H * K + h * K + k);
  });
  expect([...merged!.data]).toEqual([...x.data]);
});

test("shapes that do not fit are named", () => {
  expect(() => trace((v) => [splitHeads(v, 3, 3)], [x])).toThrow("for 3 places and 3 heads, got [6,4]");
  expect(() => trace((v) => [splitHeads(v, 2, 4)], [x])).toThrow("for 4 places and 2 heads, got [6,4]");
  expect(() => trace((v) => [mergeHeads(v, 2)], [float([3, 2, 2])])).toThrow("for 2 heads, got [3,2,2]");
});
