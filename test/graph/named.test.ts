import { expect, test } from "vitest";
import { Programs } from "../../src/engines/programs.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { traceNamed } from "../../src/graph/named.ts";
import { add, mul } from "../../src/ops/elementwise.ts";
import { float, tensor } from "../../src/tensor.ts";

const specs = { theta: [float([2]), float([2])], batch: { x: float([2]), y: float([2]) }, rate: float() };
const make = () =>
  traceNamed(
    ({ theta, batch, rate }) => ({
      moved: theta.map((value) => add(value, mul(batch.x, rate))),
      rest: { y: batch.y, nothing: [] },
    }),
    specs,
  );
const at = (...numbers: number[]) => reference.upload(tensor(numbers));
const rate = reference.upload(tensor(Float32Array.of(10), []));

test("inputs are found by their names, in whatever order they come, and outputs have the form that was made", async () => {
  const programs = new Programs(reference);
  const inputs = { rate, batch: { y: at(7, 8), x: at(1, 2) }, theta: [at(0, 0), at(5, 5)] };
  const { moved, rest } = await programs.run("step", make, inputs);
  expect(await Promise.all(moved.map(async (x) => [...(await x.read()).data]))).toEqual([
    [10, 20],
    [15, 25],
  ]);
  expect([...(await rest.y.read()).data]).toEqual([7, 8]);
  expect(rest.nothing).toEqual([]);
});

test("an array that is missing is named, and so is a list of another length", () => {
  const named = make();
  expect(() => named.flatten({ theta: [at(0, 0)], batch: { x: at(1, 2), y: at(1, 2) }, rate })).toThrow(
    "graph.theta: expected 2 arrays, got 1",
  );
  const without = { theta: [at(0, 0), at(0, 0)], batch: { x: at(1, 2) }, rate };
  expect(() => named.flatten(without as never)).toThrow("graph.batch.y: expected an array, got none");
});

test("a program whose graph could not be made or compiled is tried again the next time", async () => {
  const programs = new Programs(reference);
  const inputs = { rate, batch: { y: at(7, 8), x: at(1, 2) }, theta: [at(0, 0), at(5, 5)] };
  const compile = reference.compile.bind(reference);
  const fails = { ...reference, compile: () => Promise.reject(new Error("no memory")) };
  const failing = new Programs(fails);
  await expect(failing.run("step", make, inputs)).rejects.toThrow("no memory");
  fails.compile = compile as never;
  expect((await failing.run("step", make, inputs)).moved).toHaveLength(2);
  await failing.close();
  await programs.close();
});
