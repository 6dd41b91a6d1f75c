/**
 * Malformed programs and inputs end in an error, never in foreign memory. More of them, or others:
 * `REWEIGHT_MUTANTS=100000 REWEIGHT_SEED=7 npx vitest run test/native/mutants.test.ts`.
 */
import { describe, expect, test } from "vitest";
import { planProgram } from "../../src/engines/torch/plan/plan.ts";
import { withPrecision } from "../../src/engines/torch/plan/precision.ts";
import { loadAddon } from "../../src/engines/torch/addon.ts";
import { trace } from "../../src/graph/graph.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { mul } from "../../src/ops/elementwise.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { asFloat32 } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { imageCases } from "../engines/image-cases.ts";
import { hasTorch } from "../engines/torch-here.ts";
import { opCases, operands } from "../laws/cases.ts";
import type { Sound } from "./campaign.ts";
import { campaign } from "./campaign.ts";

/** Every op of the registry, every kind of instruction: a value and its gradient, fused, op by op and in bfloat16. */
function soundPrograms(): Sound[] {
  const { bfloat16 } = loadAddon().info();
  return [...opCases, ...imageCases].flatMap((row, i) => {
    const at = operands(row, 1);
    const graph = simplify(
      trace((...x) => {
        const y = row.f(...x);
        const floats = x.filter((value) => value.dtype === "float");
        return [y, ...gradient(sumAll(mul(y, y)), floats)];
      }, at),
    );
    const inputs = at.map((x) => ({ data: x.dtype === "int" ? (x.data as Int32Array) : asFloat32(x), shape: x.shape }));
    const rounded = bfloat16 && i % 3 === 0 ? withPrecision(graph, "bf16") : graph;
    return [
      { program: planProgram(rounded, row.name, { fused: true }), inputs },
      { program: planProgram(graph, `${row.name}, op by op`, { fused: false }), inputs },
    ];
  });
}

describe.runIf(hasTorch)("mutants of programs and inputs", () => {
  const count = Number(process.env["REWEIGHT_MUTANTS"] ?? 2000);
  const seed = Number(process.env["REWEIGHT_SEED"] ?? 1);

  test(`${count} of them, seed ${seed}`, { timeout: 3_600_000 }, async () => {
    const started = performance.now();
    const { refusedBy, ran, faults } = await campaign(soundPrograms(), count, seed, 120_000);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    const refused = Object.entries(refusedBy).map(([call, times]) => `${times} by ${call}`);
    console.log(
      `${count} mutants, seed ${seed}: refused ${refused.join(", ")}; ${ran} ran; ${faults.length} faults; ${seconds} s`,
    );
    expect(faults).toEqual([]);
    // Most mutants must get past the first look at their fields, or the campaign examines nothing else.
    expect(refusedBy["compile"]! / count).toBeGreaterThan(0.3);
    expect(ran / count).toBeGreaterThan(0.02);
  });
});
