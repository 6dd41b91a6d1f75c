import { describe, expect, test } from "vitest";
import type { DeviceTensor } from "../../src/engines/engine.ts";
import { Programs } from "../../src/engines/programs.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { traceNamed } from "../../src/graph/named.ts";
import type { Interaction } from "../../src/hyper/problem.ts";
import type { Reversal, StepRecord } from "../../src/hyper/sweep.ts";
import { Sweep } from "../../src/hyper/sweep.ts";
import type { Tensor } from "../../src/tensor.ts";
import { item, tensor } from "../../src/tensor.ts";
import type { Losses, Point } from "./toy.ts";
import { batches, batchSpecs, outer, RATES, start, STEPS, toy, train, validation } from "./toy.ts";

const readAll = (arrays: readonly DeviceTensor[]): Promise<Tensor[]> => Promise.all(arrays.map((x) => x.read()));
const flat = (arrays: readonly Tensor[]): number[] => arrays.flatMap((x) => Array.from(x.data));
const relative = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.hypot(...b);

const combine = (a: readonly Tensor[], b: readonly Tensor[], f: (x: number, y: number) => number): Tensor[] =>
  a.map((x, i) =>
    tensor(
      Float64Array.from(x.data, (value, j) => f(value, b[i]!.data[j]!)),
      x.shape,
    ),
  );

const uploaded = ({ x, y }: typeof validation) => ({ x: reference.upload(x), y: reference.upload(y) });

async function metricOf(point: Point): Promise<number> {
  const programs = new Programs(reference);
  const make = () =>
    traceNamed((x) => ({ m: outer.metric(x.theta, x.batch) }), { theta: toy("cut").theta, batch: batchSpecs });
  const { m } = await programs.run("metric", make, { theta: point.theta, batch: uploaded(validation) });
  return item(await m.read());
}

/** Central differences of the whole run's metric in every entry of ω, which moves in the last B steps only. */
async function finiteDifferences(interaction: Interaction, B: number, losses: Losses = "plain"): Promise<number[]> {
  const baseline = await train(interaction, () => start.omega, undefined, losses);
  const h = 1e-5;
  const result: number[] = [];
  for (const [which, array] of start.omega.entries()) {
    for (let i = 0; i < array.data.length; i++) {
      const metrics = await Promise.all(
        [h, -h].map(async (nudge) => {
          const data = Float64Array.from(array.data);
          data[i]! += nudge;
          const moved = start.omega.map((x, j) => (j === which ? tensor(data, x.shape) : x));
          const omegaAt = (t: number): readonly Tensor[] => (t >= STEPS - B ? moved : start.omega);
          const points = await train(interaction, omegaAt, interaction === "cut" ? baseline : undefined, losses);
          return metricOf(points.at(-1)!);
        }),
      );
      result.push((metrics[0]! - metrics[1]!) / (2 * h));
    }
  }
  return result;
}

interface Variant {
  readonly reversal?: Reversal;
  /** Rates that the sweep is told, for the step that it is told them for. */
  readonly rates?: readonly number[];
  readonly losses?: Losses;
  /** Replaces the parameters that the sweep is told were there before step t. */
  readonly thetaBefore?: (points: readonly Point[], t: number) => Promise<readonly DeviceTensor[]>;
}

/** The sweep under test. */
async function hypergradient(
  interaction: Interaction,
  B: number,
  { reversal = "float", rates = RATES, losses = "plain", thetaBefore }: Variant = {},
) {
  const points = await train(interaction, () => start.omega, undefined, losses);
  const sweep = new Sweep(reference, toy(interaction, losses), outer, reversal);
  const window: StepRecord[] = [];
  for (let t = STEPS - B; t < STEPS; t++) {
    window.push({
      batch: uploaded(batches[t]!),
      rate: reference.upload(tensor(rates[t]!)),
      thetaBefore: thetaBefore ? await thetaBefore(points, t) : points[t]!.theta,
    });
  }
  const end = points.at(-1)!;
  const before = flat(await readAll([...end.theta, ...end.velocity]));
  const result = await sweep.run({
    ...end,
    omega: start.omega.map((x) => reference.upload(x)),
    window,
    validation: uploaded(validation),
  });
  const after = flat(await readAll([...end.theta, ...end.velocity]));
  await sweep.close();
  return { ...result, dOmega: flat(await readAll(result.dOmega)), before, after };
}

const modes = ["cut", "cut-exact", "deep"] as const;
const reversals = ["float", "snapshot"] as const;

// Central differences with h = 1e-5 in float64 resolve about 1e-9 of a metric of order 1; the gradients here are of order 0.1.
const TOLERANCE = 1e-7;

describe("the teacher's gradient through momentum SGD with weight decay, batch norm and a rate that drops inside the window", () => {
  test.each(modes.flatMap((mode) => reversals.map((reversal) => ({ mode, reversal }))))(
    "equals finite differences of the whole run, B = K = 6: $mode, $reversal",
    async ({ mode, reversal }) => {
      const { dOmega, drift } = await hypergradient(mode, STEPS, { reversal });
      expect(relative(dOmega, await finiteDifferences(mode, STEPS))).toBeLessThan(TOLERANCE);
      if (reversal === "float") expect(drift).toBeLessThan(1e-13);
      else expect(drift).toBeNull();
    },
  );

  test.each([1, 2, 3])("equals finite differences in ω moved in the last B = %i steps only", async (B) => {
    const { dOmega } = await hypergradient("cut", B);
    expect(relative(dOmega, await finiteDifferences("cut", B))).toBeLessThan(TOLERANCE);
  });

  test.each(modes.flatMap((mode) => [2, STEPS].map((B) => ({ mode, B }))))(
    "equals finite differences where the losses depend on ω too: $mode, B = $B",
    async ({ mode, B }) => {
      const { dOmega } = await hypergradient(mode, B, { losses: "of ω" });
      expect(relative(dOmega, await finiteDifferences(mode, B, "of ω"))).toBeLessThan(TOLERANCE);
      expect(relative(dOmega, (await hypergradient(mode, B)).dOmega)).toBeGreaterThan(0.1);
    },
  );

  test("an index of η that is one too high fails the same test", async () => {
    // dv is to use η of the step itself; the paper's print has the next step's.
    const late = [...RATES.slice(1), RATES.at(-1)!];
    const { dOmega } = await hypergradient("cut", STEPS, { reversal: "snapshot", rates: late });
    expect(relative(dOmega, await finiteDifferences("cut", STEPS))).toBeGreaterThan(0.05);
  });

  test("a reversal without the division by μ fails the same test", async () => {
    // v = v' − g instead of (v' − g) / μ, with the true g = v' − μ v: what the sweep would then take for θₜ.
    const undone = async (points: readonly Point[], t: number): Promise<readonly DeviceTensor[]> => {
      const velocities = await Promise.all(points.map((point) => readAll(point.velocity)));
      let theta = await readAll(points[STEPS]!.theta);
      let v = velocities[STEPS]!;
      for (let s = STEPS - 1; s >= t; s--) {
        theta = combine(theta, v, (x, y) => x + RATES[s]! * y);
        const gradient = combine(velocities[s + 1]!, velocities[s]!, (after, before) => after - 0.9 * before);
        v = combine(v, gradient, (x, g) => x - g);
      }
      return theta.map((x) => reference.upload(x));
    };
    const { dOmega } = await hypergradient("cut", STEPS, { reversal: "snapshot", thetaBefore: undone });
    expect(relative(dOmega, await finiteDifferences("cut", STEPS))).toBeGreaterThan(0.02);
  });

  test("leaves the student's parameters and momentum as they were, bit for bit", async () => {
    const { before, after } = await hypergradient("cut", 3);
    expect(after).toEqual(before);
  });
});
