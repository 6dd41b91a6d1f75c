/** @file Masks of dropout: the same bits on every engine, and the laws of their numbers. */

import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { input } from "../../src/graph/value.ts";
import { trace } from "../../src/graph/graph.ts";
import { dropout } from "../../src/nn/dropout.ts";
import { reshape } from "../../src/ops/movement.ts";
import { keepMask } from "../../src/ops/keep-mask.ts";
import { hash32, Random, stepKey } from "../../src/random.ts";
import type { Tensor } from "../../src/tensor.ts";
import { int, sizeOf, tensor, zeros } from "../../src/tensor.ts";
import { torchRows } from "../engines/torch-here.ts";

const SEED = 7 + 3 * 2 ** 32;
const STEP = 41;
const SITE = 0x9abcdef0;

const key = (seed = SEED, step = STEP): Tensor => tensor(stepKey(seed, "dropout", step));

/** The stated rule over the words of a stream: two elements a word, the lower half first. */
function wanted(shape: readonly number[], rate: number): number[] {
  const random = new Random(SEED, "dropout", STEP, SITE);
  const threshold = Math.round(65536 * rate);
  const kept = Math.fround(65536 / (65536 - threshold));
  const halves = Array.from({ length: Math.ceil(sizeOf(shape) / 2) }, () => random.uint32()).flatMap((word) => [
    word % 65536,
    Math.floor(word / 65536),
  ]);
  return halves.slice(0, sizeOf(shape)).map((half) => (half < threshold ? 0 : kept));
}

const maskGraph = (shape: readonly number[], rate: number, site = SITE) =>
  trace((k) => [keepMask(k, shape, { rate, site })], [int([4])]);

async function reference1(shape: readonly number[], rate: number, at = key(), site = SITE): Promise<number[]> {
  const [mask] = await runOnce(reference, maskGraph(shape, rate, site), [at]);
  return [...mask!.data];
}

describe.each([
  { name: "reference", make: () => Promise.resolve(reference) },
  { name: "onnx", make: () => onnxEngine({ threads: 2 }) },
  ...torchRows({ "torch, fused": { threads: 2 }, "torch, op by op": { threads: 1, fused: false } }),
])("$name", ({ make }) => {
  test.each([
    [[1], 0.3],
    [[7], 0.5],
    [[0, 3], 0.5],
    [[13, 257], 0.1],
    [[2, 3, 5, 7], 0.3],
    [[64, 1000], 0.9],
    [[40], 0],
  ])("a mask of %j at rate %d is the stated function of Philox, bit for bit", async (shape, rate) => {
    const [mask] = await runOnce(await make(), maskGraph(shape, rate), [key()]);
    expect(mask!.shape).toEqual(shape);
    expect([...mask!.data]).toEqual(wanted(shape, rate));
  });
});

describe("numbers of a mask", () => {
  const N = 40_000;

  test("the mean is 1 within 4 standard errors, and kept elements are as many as the rate says", async () => {
    const mask = await reference1([N], 0.3);
    const mean = mask.reduce((sum, value) => sum + value, 0) / N;
    expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(0.3 / 0.7 / N));
  });

  test("other steps, seeds and sites are independent: half of the elements agree at rate 1/2", async () => {
    const mask = await reference1([N], 0.5);
    for (const other of [
      await reference1([N], 0.5, key(SEED, STEP + 1)),
      await reference1([N], 0.5, key(SEED + 1)),
      await reference1([N], 0.5, key(SEED + 2 ** 32)),
      await reference1([N], 0.5, key(), SITE + 1),
    ]) {
      const alike = mask.filter((value, i) => value === other[i]).length / N;
      expect(Math.abs(alike - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / N));
    }
  });
});

describe("what is refused", () => {
  const k = input(int([4]));
  test.each([-0.1, 1, Number.NaN, 0.999999])("a rate of %d", (rate) => {
    expect(() => keepMask(k, [2], { rate, site: 0 })).toThrow(`expected a rate from 0 to less than 1, got ${rate}`);
  });
  test.each([-1, 2 ** 32, 0.5])("a site of %d", (site) => {
    expect(() => keepMask(k, [2], { rate: 0.1, site })).toThrow(`expected a site in [0, 2³²), got ${site}`);
  });
  test("a key of another form", () => {
    expect(() => keepMask(input(int([2])), [2], { rate: 0.1, site: 0 })).toThrow("expected key [4], got [2]");
    expect(() => keepMask(input({ shape: [4], dtype: "float" }), [2], { rate: 0.1, site: 0 })).toThrow("int");
  });
  test("a computed key on the ONNX engine", async () => {
    const graph = trace((two) => [keepMask(reshape(two, [4]), [2], { rate: 0.1, site: 0 })], [int([2, 2])]);
    await expect((await onnxEngine()).compile(graph)).rejects.toThrow("expected inputs of the graph as operands");
  });
});

test("dropout multiplies by the mask of its site, and is nothing at rate 0 and without a key", async () => {
  const x = tensor([1, -2, 3, 4, 5, 6, 7, 8], [2, 4]);
  const graph = trace((v, k) => [dropout(v, 0.5, { rng: { key: k!, path: "encoder.0" } }, "ffn")], [x, int([4])]);
  const [y] = await runOnce(reference, graph, [x, key()]);
  const mask = await reference1([2, 4], 0.5, key(), hash32("encoder.0.ffn"));
  expect([...y!.data]).toEqual(mask.map((m, i) => m * x.data[i]!));
  expect(mask).toContain(0);
  const leaf = input(zeros([2]));
  const rng = { key: input(int([4])), path: "" };
  expect(dropout(leaf, 0, { rng }, "a")).toBe(leaf);
  expect(dropout(leaf, 0.5, {}, "a")).toBe(leaf);
});
