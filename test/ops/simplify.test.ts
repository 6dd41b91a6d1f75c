import { expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { expand, sumAll } from "../../src/ops/broadcast.ts";
import { mul, sub } from "../../src/ops/elementwise.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { float, tensor } from "../../src/tensor.ts";

test("a number that is not finite is not simplified away: 0·∞, ∞ − ∞ and all of NaN are NaN (IEEE 754)", async () => {
  const graph = trace(
    (x) => [mul(x, 0), mul(0, x), sub(x, x), mul(expand(x, [4, 2]), 0), sumAll(mul(x, 0))],
    [float([4, 1])],
  );
  const x = tensor([1, -2, Infinity, NaN], [4, 1]);
  const [right, left, difference, repeated, total] = await runOnce(reference, simplify(graph), [x]);
  for (const { data } of [right!, left!, difference!])
    expect([...data].map((value) => value === 0)).toEqual([true, true, false, false]);
  for (const { data } of [right!, left!, difference!]) expect([...data].slice(2)).toEqual([NaN, NaN]);
  expect([...repeated!.data].slice(4)).toEqual([NaN, NaN, NaN, NaN]);
  expect(total!.data[0]).toBeNaN();
});
