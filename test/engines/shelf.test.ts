/** @file How many programs an engine keeps open, and which one makes room for another. */

import { expect, test } from "vitest";
import type { DeviceTensor, Engine } from "../../src/engines/engine.ts";
import { MOST_OPEN, Programs } from "../../src/engines/programs.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { traceNamed } from "../../src/graph/named.ts";
import { mul } from "../../src/ops/elementwise.ts";
import { float, tensor } from "../../src/tensor.ts";

/** The reference engine, with lists of what was compiled and of what is open; runs wait for `gate`. */
function watched(gate: Promise<void> = Promise.resolve()) {
  const compiled: string[] = [];
  const open = new Set<string>();
  const engine: Engine = {
    ...reference,
    async compile(graph, name = "") {
      const program = await reference.compile(graph, name);
      compiled.push(name);
      open.add(name);
      return {
        run: async (inputs) => (await gate, program.run(inputs)),
        close: () => (open.delete(name), program.close()),
      };
    },
  };
  const x = engine.upload(tensor([3]));
  const make = () => traceNamed(({ x }) => ({ y: mul(x, 2) }), { x: float([1]) });
  const run = (programs: Programs, name: string): Promise<{ y: DeviceTensor }> => programs.run(name, make, { x });
  return { engine, compiled, open, run };
}

const names = Array.from({ length: MOST_OPEN }, (_, i) => `p${i}`);

test("the least recently used program of an engine is closed for a new one, and compiled again when asked for", async () => {
  const { engine, compiled, open, run } = watched();
  const [first, second] = [new Programs(engine), new Programs(engine)];
  for (const name of names) await run(first, name);
  await run(first, "p0");
  await run(second, "new");
  expect(open.size).toBe(MOST_OPEN);
  expect(open.has("p0")).toBe(true);
  expect(open.has("p1")).toBe(false);
  const { y } = await run(first, "p1");
  expect([...(await y.read()).data]).toEqual([6]);
  expect(compiled.filter((name) => name === "p1")).toHaveLength(2);
  expect(compiled.filter((name) => name === "p0")).toHaveLength(1);
  await first.close();
  expect([...open]).toEqual(["new"]);
});

test("a program that runs stays open, even if that is one too many", async () => {
  let pass = (): void => {};
  const { engine, open, run } = watched(new Promise((resolve) => (pass = resolve)));
  const programs = new Programs(engine);
  const all = Promise.all([...names, "more"].map((name) => run(programs, name)));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(open.size).toBe(MOST_OPEN + 1);
  pass();
  await all;
  await run(programs, "last");
  expect(open.size).toBe(MOST_OPEN);
});

test("other engines have shelves of their own", async () => {
  const [a, b] = [watched(), watched()];
  for (const name of names) await a.run(new Programs(a.engine), name);
  await b.run(new Programs(b.engine), "one");
  expect(a.open.size + b.open.size).toBe(MOST_OPEN + 1);
});
