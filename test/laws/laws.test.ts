import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { topological, trace } from "../../src/graph/graph.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { exp, mul, sigmoid } from "../../src/ops/elementwise.ts";
import { ops } from "../../src/ops/index.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { gradient } from "../../src/transform/grad.ts";
import { jvp } from "../../src/transform/jvp.ts";
import { tensor } from "../../src/tensor.ts";
import { opCases, operands } from "./cases.ts";
import { maxGradError, relativeError } from "./check.ts";

describe("laws of every op, in float64", () => {
  test("every op has a row in the table", () => {
    expect([...ops.keys()].filter((op) => !opCases.some((row) => row.op === op))).toEqual([]);
  });

  // The error of central differences with h = 1e-5 is about h² · f‴ + 1e-16 / h ≈ 1e-10; order 2 loses 1 or 2 digits.
  test.each(opCases.filter((row) => row.op !== "stopGradient"))(
    "$name: jvp and vjp agree with central differences to order 2",
    async (row) => {
      expect(await maxGradError(row.f, operands(row))).toBeLessThan(1e-7);
    },
  );

  test.each(opCases)("$name: its derivatives use registered ops only, to order 2", (row) => {
    const graph = trace((...x) => {
      const floats = x.filter((value) => value.dtype === "float");
      const once = gradient(sumAll(mul(row.f(...x), row.f(...x))), floats);
      return gradient(sumAll(once.map((g) => sumAll(mul(g, g))).reduce((a, b) => mul(a, b))), floats);
    }, operands(row));
    const unknown = topological(graph.outputs).filter(({ op }) => op !== "input" && !ops.has(op));
    expect(unknown).toEqual([]);
  });

  test.each(opCases)("$name: simplifying a second derivative does not change its value", async (row) => {
    const at = operands(row);
    const graph = trace((...x) => {
      const floats = x.filter((value) => value.dtype === "float");
      const y = row.f(...x);
      const once = gradient(sumAll(mul(y, y)), floats);
      const twice = jvp(once, floats, floats);
      return [y, ...once, ...twice.map((t, i) => t ?? once[i]!)];
    }, at);
    const [plain, simple] = [await runOnce(reference, graph, at), await runOnce(reference, simplify(graph), at)];
    plain.forEach((want, i) => expect(relativeError(simple[i]!, want)).toBeLessThan(1e-12));
  });
});

describe("the checker", () => {
  test("rejects a derivative that is 0.1 % wrong, at first and at second order", async () => {
    const wrong: typeof jvp = (outputs, inputs, tangents) =>
      jvp(outputs, inputs, tangents).map((tangent) => tangent && mul(tangent, 1.001));
    const at = [tensor([0.3, -0.7, 1.1])];
    expect(await maxGradError((x) => exp(x), at, 1, wrong)).toBeGreaterThan(3e-4);
    expect(await maxGradError((x) => sigmoid(x), at, 2, wrong)).toBeGreaterThan(3e-5);
    expect(await maxGradError((x) => exp(x), at, 2)).toBeLessThan(1e-8);
  });
});
