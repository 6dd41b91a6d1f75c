import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { selectEngine } from "../../src/engines/select.ts";
import { trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import { examplesOf, fitGraph, fitMentor, mentorLoss } from "../../src/methods/mentornet/mentor-fit.ts";
import { mentorScore, newMentor, TRAINED } from "../../src/methods/mentornet/mentor.ts";
import { adam } from "../../src/optim/adam.ts";
import { Random } from "../../src/random.ts";
import type { Tensor } from "../../src/tensor.ts";
import { tensor } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { hasTorch } from "../engines/torch-here.ts";
import { differences, flat, normals, unflat } from "./little.ts";
import { logit, type Mentor } from "./mentor-plain.ts";

const engines = hasTorch ? ["reference", "onnx", "torch"] : ["reference", "onnx"];
const fresh = newMentor(3);
const shapes = TRAINED.map((name) => fresh[name]);
/** Arrays far from where they start, biases too. */
const arrays = normals(shapes, 0.7, "mentor");

/** Trained arrays as plain matrices. */
function plain(numbers: readonly Tensor[]): Mentor {
  const rows = ({ data, shape }: Tensor): number[][] =>
    Array.from({ length: shape.length === 2 ? shape[0]! : 1 }, (_, r) =>
      Array.from(data.slice(r * shape.at(-1)!, (r + 1) * shape.at(-1)!)),
    );
  return Object.fromEntries(TRAINED.map((name, i) => [name, rows(numbers[i]!)])) as Mentor;
}

const random = new Random(4, "mentor examples");
const N = 7;
const rowsOf = (n: number, scale = 1): number[][] =>
  Array.from({ length: n }, () => [
    3 * random.uniform(),
    2 * random.uniform() - 1,
    random.integer(2),
    ...Array.from({ length: 5 }, () => scale * random.normal()),
  ]);

/** Mean cross-entropy of σ(z) against v* over rows ℓ, d, v*, epoch. */
function plainLoss(numbers: readonly Tensor[], rows: readonly number[][]): number {
  const each = rows.map(([loss, difference, target, ...epoch]) => {
    const z = logit(plain(numbers), loss!, difference!, epoch);
    return Math.log1p(Math.exp(target === 1 ? -z : z)); // −ln σ(z), or −ln(1 − σ(z))
  });
  return each.reduce((total, value) => total + value, 0) / rows.length;
}

describe("the mentor network", () => {
  test.each(engines)(
    "is a bidirectional LSTM over one element, its cells read out by a small network: %s",
    async (name) => {
      const rows = rowsOf(N);
      const column = (i: number): Tensor => tensor(rows.map((row) => row[i]!));
      const epochs = tensor(
        rows.flatMap((row) => row.slice(3)),
        [N, 5],
      );
      const inputs = [...arrays, column(0), column(1), epochs];
      const graph = trace((...values) => {
        const mentor = Object.fromEntries(TRAINED.map((key, i) => [key, values[i]!]));
        return [mentorScore(mentor, ...(values.slice(-3) as [Value, Value, Value]))];
      }, inputs);
      const [z] = await runOnce(await selectEngine(name, { threads: 1 }), graph, inputs);
      rows.forEach(([loss, difference, , ...epoch], k) => {
        const want = logit(plain(arrays), loss!, difference!, epoch);
        expect(Math.abs(z!.data[k]! - want)).toBeLessThan(name === "reference" ? 1e-12 : 1e-5);
      });
    },
  );

  test("starts within the authors' bounds, has 235 trained numbers, and none for each class", () => {
    expect(flat(shapes)).toHaveLength(2 + 2 * (4 + 2) + 9 * 20 + 20 + 20 + 1);
    expect(fresh.epochs.shape).toEqual([100, 5]);
    const largest = ({ data }: Tensor): number => Math.max(...Array.from(data, Math.abs));
    expect(largest(fresh.epochs)).toBeLessThan(Math.sqrt(6 / 105));
    expect(largest(fresh.epochs)).toBeGreaterThan(0.95 * Math.sqrt(6 / 105));
    for (const kernel of [fresh.Wi, fresh.Wj]) expect(largest(kernel)).toBeLessThan(Math.sqrt(6 / 7));
    // 180 normal numbers: their deviation is 1 ± 0.053.
    expect(Math.abs(Math.hypot(...fresh.W1.data) / Math.sqrt(180) - 1)).toBeLessThan(4 * 0.053);
    expect(newMentor(3)).toEqual(fresh);
    expect(newMentor(4).W1).not.toEqual(fresh.W1);
  });
});

describe("its fit", () => {
  const gradientAt = (at: readonly Tensor[], rows: readonly number[][]): Promise<number[]> =>
    differences((x) => Promise.resolve(plainLoss(unflat(x, shapes), rows)), flat(at));

  test("climbs down the cross-entropy of right labels: the gradient is that of differences", async () => {
    const rows = rowsOf(N);
    const inputs = [...arrays, tensor(rows.flat(), [N, 8])];
    const graph = trace((...values) => {
      const now = values.slice(0, -1);
      const loss = mentorLoss(Object.fromEntries(TRAINED.map((key, i) => [key, now[i]!])), values.at(-1)!);
      return [loss, ...gradient(loss, now)];
    }, inputs);
    const [loss, ...g] = await runOnce(reference, graph, inputs);
    expect(Math.abs(loss!.data[0]! - plainLoss(arrays, rows))).toBeLessThan(1e-13);
    const want = await gradientAt(arrays, rows);
    flat(g).forEach((x, i) => expect(Math.abs(x - want[i]!)).toBeLessThan(1e-9));
  });

  test("steps are Adam's on a gradient of norm 5 at most", async () => {
    // Large last weights make a large gradient.
    const steep = arrays.map((x, i) =>
      TRAINED[i] === "W2"
        ? tensor(
            x.data.map((w) => 9 * w),
            x.shape,
          )
        : x,
    );
    const rows = rowsOf(40, 2);
    const table = tensor(rows.flat(), [40, 8]);
    const { graph } = fitGraph(shapes, table);
    let fitted: Tensor[] = [...steep, ...Object.values(adam.init(shapes)).flat()];
    let [x, first, second] = [flat(steep), flat(steep).map(() => 0), flat(steep).map(() => 0)];
    for (const [t, rate] of [0.1, 0.09].entries()) {
      const which = Int32Array.from({ length: 32 }, (_, i) => (i * 7 + t) % 40);
      const drawn = Array.from(which, (i) => rows[i]!);
      const g = await gradientAt(unflat(x, shapes), drawn);
      const norm = Math.hypot(...g);
      if (t === 0) expect(norm).toBeGreaterThan(6);
      const clipped = g.map((value) => value * Math.min(1, 5 / norm));
      first = first.map((m, i) => 0.9 * m + 0.1 * clipped[i]!);
      second = second.map((v, i) => 0.999 * v + 0.001 * clipped[i]! ** 2);
      x = x.map((value, i) => {
        const [m, v] = [first[i]! / (1 - 0.9 ** (t + 1)), second[i]! / (1 - 0.999 ** (t + 1))];
        return value - (rate * m) / (Math.sqrt(v) + 1e-8);
      });
      fitted = await runOnce(reference, graph, [...fitted, table, tensor(which), tensor(rate)]);
      const got = flat(fitted.slice(0, shapes.length));
      // Adam divides g by its size: where that is near the differences' error, of 1e-9, the quotient has none to speak of.
      got.forEach((value, i) => expect(Math.abs(value - x[i]!)).toBeLessThan(Math.abs(g[i]!) > 1e-4 ? 1e-5 : 0.11));
    }
  });

  test("losses are compared with a percentile of the same hundredth", () => {
    const sightings = {
      hundredths: [0, 0, 0, 0, 0, 7, 7],
      losses: [5, 1, 4, 2, 3, 0.5, 0.25],
      targets: [1, 0, 0, 1, 1, 0, 1],
    };
    const { data, shape } = examplesOf(sightings, fresh.epochs, 0.75);
    expect(shape).toEqual([7, 8]);
    // Ranks 3 of 0 … 4, and round(0.75) = 1 of 0 … 1.
    const compared = [4, 4, 4, 4, 4, 0.5, 0.5];
    sightings.losses.forEach((loss, i) => {
      const epoch = fresh.epochs.data.slice(5 * sightings.hundredths[i]!, 5 * sightings.hundredths[i]! + 5);
      expect(Array.from(data.slice(8 * i, 8 * i + 8))).toEqual([
        loss,
        loss - compared[i]!,
        sightings.targets[i],
        ...epoch,
      ]);
    });
  });

  /**
   * ℓ = shift + 1 for right labels and shift + 2 for wrong ones, with normal errors of 0.5: P(right) = σ(4 (1.5
   * − (ℓ − shift))) for equal numbers of both. The shift falls over time, so that ℓ alone says little.
   */
  function sightings(n: number) {
    const draw = new Random(8, "sightings");
    const hundredths = Int32Array.from({ length: n }, (_, i) => 10 * Math.floor((10 * i) / n));
    const targets = Int32Array.from({ length: n }, () => draw.integer(2));
    const above = Float64Array.from(targets, (right) => 2 - right + 0.5 * draw.normal());
    const losses = Float32Array.from(above, (value, i) => value + 0.03 * (99 - hundredths[i]!) + 1);
    const crossEntropy = targets.reduce((total, right, i) => {
      const z = 4 * (1.5 - above[i]!);
      return total + Math.log1p(Math.exp(right === 1 ? -z : z)) / n;
    }, 0);
    return { seen: { hundredths, losses, targets }, crossEntropy };
  }

  test("comes as close to right labels as anything can", async () => {
    const { seen, crossEntropy } = sightings(6000);
    const engine = await selectEngine(hasTorch ? "torch" : "onnx", { threads: 1 });
    const fit = await fitMentor(engine, fresh, seen, { share: 0.5, steps: 10_000, seed: 2 });
    // Fitting 6,000 examples by 235 numbers gains 235 / (2 · 6,000) = 0.02 at most; steps that are still large lose about as much.
    expect(Math.abs(fit.loss - crossEntropy)).toBeLessThan(0.02);
  });

  test.each(engines.slice(1))("goes the same way in float32: %s", async (name) => {
    const { seen } = sightings(50);
    const settings = { share: 0.5, steps: 20, seed: 2 };
    const want = await fitMentor(reference, fresh, seen, settings);
    const got = await fitMentor(await selectEngine(name, { threads: 1 }), fresh, seen, settings);
    expect(Math.abs(got.loss - want.loss)).toBeLessThan(1e-4);
    for (const key of TRAINED) {
      const [x, y] = [got.mentor[key]!.data, want.mentor[key]!.data];
      expect(x.length).toBe(y.length);
      // Adam divides by the gradient's size, which lets what float32 rounds off, 6e-8, grow.
      x.forEach((value, i) => expect(Math.abs(value - y[i]!)).toBeLessThan(1e-3));
    }
    // It has gone somewhere.
    expect(want.mentor["b1"]).not.toEqual(fresh.b1);
  });
});
