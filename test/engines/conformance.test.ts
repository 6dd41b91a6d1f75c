import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engines/engine.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { mul } from "../../src/ops/elementwise.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { jvp } from "../../src/transform/jvp.ts";
import { gradient } from "../../src/transform/grad.ts";
import { imageCases } from "./image-cases.ts";
import { opCases, operands } from "../laws/cases.ts";
import { relativeError } from "../laws/check.ts";
import { torchRows } from "./torch-here.ts";

// Float32 has a relative precision of 6e-8; sums of up to a few hundred products lose two digits.
const TOLERANCE = 2e-5;

describe.each([
  { name: "onnx, plain", make: () => onnxEngine({ threads: 2, layout: "plain" }) },
  { name: "onnx, blocked", make: () => onnxEngine({ threads: 2 }) },
  ...torchRows({
    "torch, fused": { threads: 2 },
    // The work is divided differently; small passes run undivided.
    "torch, fused, one thread": { threads: 1 },
    // The instructions of a graphics card, run on the CPU.
    "torch, op by op": { threads: 2, fused: false },
  }),
])("$name agrees with the float64 reference", ({ make }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await make();
  });
  afterAll(() => {
    expect(engine.name).not.toBe("reference");
  });

  test.each([...opCases, ...imageCases])("$name: value, gradient and the gradient's tangent", async (row) => {
    const at = operands(row, 1);
    const graph = simplify(
      trace((...x) => {
        const floats = x.filter((value) => value.dtype === "float");
        const y = row.f(...x);
        const once = gradient(sumAll(mul(y, y)), floats);
        return [y, ...once, ...jvp(once, floats, floats).map((t, i) => t ?? once[i]!)];
      }, at),
    );
    const want = await runOnce(reference, graph, at);
    const got = await runOnce(engine, graph, at);
    want.forEach((tensor, i) => {
      expect(got[i]!.shape).toEqual(tensor.shape);
      expect(relativeError(got[i]!, tensor)).toBeLessThan(TOLERANCE);
    });
  });

  test("an input of the wrong shape is refused with both shapes", async () => {
    const program = await engine.compile(trace((x) => [mul(x, x)], [{ shape: [2, 3], dtype: "float" }]));
    const wrong = engine.upload({ shape: [3, 2], dtype: "float", data: new Float32Array(6) });
    await expect(program.run([wrong])).rejects.toThrow("expected float [2,3] for input 1, got float [3,2]");
    await program.close();
    await program.close();
    await expect(program.run([wrong])).rejects.toThrow("was closed");
  });
});
