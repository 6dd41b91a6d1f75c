import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import type { Engine } from "../../src/engines/engine.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { selectEngine } from "../../src/engines/select.ts";
import { trace } from "../../src/graph/graph.ts";
import { untrained } from "../../src/methods/mentornet/mentor-rehearsal.ts";
import { mentornet } from "../../src/methods/mentornet/mentornet.ts";
import { Random } from "../../src/random.ts";
import { decodeTensors } from "../../src/safetensors.ts";
import type { Tensor } from "../../src/tensor.ts";
import { tensor } from "../../src/tensor.ts";
import type { Tree } from "../../src/tree.ts";
import { entries, leaf, leaves, mapTree, unflatten } from "../../src/tree.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { TrainConfig, TrainInput } from "../../src/train/config.ts";
import { train } from "../../src/train/run.ts";
import { prepareBatches, prepareData, prepareTrainer } from "../../src/train/setup.ts";
import { exportArrays } from "../../src/train/checkpoint/arrays.ts";
import { hasReal, REAL } from "../data/fixtures.ts";
import { hasTorch } from "../engines/torch-here.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { tiny } from "../train/tiny.ts";
import { specOf, stepOn, viewOf } from "./little.ts";
import type { Mentor } from "./mentor-plain.ts";
import { logit } from "./mentor-plain.ts";

// A data set is the same for every run here: drawing the glyphs once is most of the time saved.
vi.mock(import("../../src/data/sets/load.ts"), async (original) => {
  const load = await original();
  const loaded = new Map<string, ReturnType<typeof load.loadDataset>>();
  const loadDataset: typeof load.loadDataset = (options) => {
    if (!loaded.has(options.name)) loaded.set(options.name, load.loadDataset(options));
    return loaded.get(options.name)!;
  };
  return { ...load, loadDataset };
});

/**
 * Jiang et al.'s published programs, example by example: mentornet() of utils.py, vstar_mentornet_pd() of
 * models.py.
 */
class Original {
  m = 0;

  weights(losses: readonly number[], step: number, steps: number, share: number, dropout: boolean): number[] {
    const N = losses.length;
    const sorted = [...losses].sort((a, b) => a - b);
    this.m = 0.5 * this.m + 0.5 * sorted[Math.round(share * (N - 1))]!;
    const hundredth = Math.floor((100 * step) / steps);
    const kept = Math.floor(N * (1 - (hundredth < 17 ? 0.5 : 0.05)));
    return losses.map((loss, k) => (dropout && k >= kept ? 0 : this.v(loss, loss - this.m, hundredth)) / N);
  }

  v(_loss: number, difference: number, hundredth: number): number {
    if (hundredth <= 18) return 1;
    if (hundredth >= 90) return Math.max(Math.min(1 - difference, 1), 0);
    return difference <= 0 ? 1 : 0;
  }
}

/** mentornet() of utils.py with --burn_in_epoch=18 --fixed_epoch_after_burn_in, and a network of plain numbers. */
class OriginalDd extends Original {
  readonly mentor: Record<string, number[][]>;

  constructor(mentor: Record<string, number[][]>) {
    super();
    this.mentor = mentor;
  }

  override v(loss: number, difference: number, hundredth: number): number {
    const clock = Math.min(hundredth, 18);
    if (clock < 18 - 1) return 1;
    return 1 / (1 + Math.exp(-logit(this.mentor as Mentor, loss, difference, this.mentor["epochs"]![clock]!)));
  }
}

/** ω, losses, context → weights, ω', on an engine. */
async function weighBy(
  engine: Engine,
  omega: Tree<Tensor>,
  losses: Float32Array,
  progress: number,
  changes: TrainInput,
) {
  const N = losses.length;
  const design = mentornet.design(specOf(2, 1, N), tiny(changes));
  const inputs = [...leaves(omega), tensor(losses), tensor(Float32Array.of(progress, 0.5, 0.5))];
  const graph = trace((...values) => {
    const [losses, moment] = values.slice(-2);
    const view = viewOf(N, { losses: losses!, moment: moment! });
    const now = unflatten(omega, values.slice(0, -2));
    return [design.weigh(now, view), ...leaves(design.accumulate!(now, view))];
  }, inputs);
  const [weights, ...after] = await runOnce(engine, graph, inputs);
  return { weights: Array.from(weights!.data), omega: unflatten(omega, after) };
}

/** The same for a rule whose ω is m alone. */
async function weigh(engine: Engine, m: number, losses: Float32Array, progress: number, changes: TrainInput) {
  const { weights, omega } = await weighBy(engine, { m: tensor(Float32Array.of(m)) }, losses, progress, changes);
  return { weights, m: leaf(omega, "m").data[0]! };
}

const random = new Random(5, "losses");
const drawn = (N: number): Float32Array => Float32Array.from({ length: N }, () => 3 * random.uniform() ** 2);

describe("mentornet pd", () => {
  // Steps on both sides of every threshold, for totals that float32 divides badly and well.
  const places = [
    [0, 100],
    [16, 100],
    [17, 100],
    [18, 100],
    [19, 100],
    [89, 100],
    [90, 100],
    [99, 100],
    [7409, 39000],
    [7410, 39000],
    [35099, 39000],
    [35100, 39000],
    [3, 7],
  ] as const;

  test.each(hasTorch ? ["reference", "onnx", "torch"] : ["reference", "onnx"])(
    "weighs as the published programs do, step after step: %s",
    async (name) => {
      const engine = await selectEngine(name, { threads: 1 });
      for (const [share, dropout, N] of [
        [0.75, false, 16],
        [0.5, true, 20],
        [1, false, 7],
        [0, true, 2],
      ] as const) {
        const original = new Original();
        let m = 0;
        for (const [step, steps] of places) {
          const losses = drawn(N);
          const want = original.weights([...losses], step, steps, share, dropout);
          const changes = { mentornetPercentile: share, mentornetDropout: dropout };
          const got = await weigh(engine, m, losses, step / steps, changes);
          m = got.m;
          // float32 holds losses up to 3, and m made of them, to 2.4e-7.
          expect(Math.abs(m - original.m)).toBeLessThan(1e-6);
          got.weights.forEach((w, k) => expect(Math.abs(w - want[k]!)).toBeLessThan(1e-6));
        }
      }
    },
  );

  test("equal losses share a rank, and a loss at the average counts", async () => {
    const at = (m: number, losses: number[]) =>
      weigh(reference, m, Float32Array.from(losses), 0.5, { mentornetPercentile: 0.75, mentornetDropout: false });
    // Sorted: 1 2 2 2 5; rank round(0.75 · 4) = 3 holds a 2, and m stays 2.
    expect(await at(2, [2, 5, 2, 1, 2])).toEqual({ m: 2, weights: [0.2, 0, 0.2, 0.2, 0.2] });
    // A first batch of equal losses: m is half of them, and nothing lies below it.
    expect(await at(0, [2, 2])).toEqual({ m: 1, weights: [0, 0] });
  });

  test("in a run, the average follows the losses of the steps", async () => {
    const config = tiny({ method: "mentornet", mentornetDropout: false });
    const task = await prepareData(config);
    const batches = prepareBatches(config, task);
    const trainer = await prepareTrainer(config, task);
    const original = new Original();
    for (let step = 0; step < 3; step++) {
      const place = { progress: 0.3 + (3 * step) / 10, loss: 1, accuracy: 0 };
      const outcome = await trainer.step(stepOn(batchAt(batches, step), 0.05, place), step);
      const want = original.weights([...outcome.losses], 30 + 30 * step, 100, 0.75, false);
      outcome.weights.forEach((w, k) => expect(Math.abs(w - want[k]!)).toBeLessThan(1e-6));
      const m = (await exportArrays(trainer, ["omega"])).get("omega.m")!.data[0]!;
      expect(Math.abs(m - original.m)).toBeLessThan(1e-6);
    }
    await trainer.close();
  });

  test("no gradient goes through the weights, whatever the interaction", async () => {
    const after = async (interaction: "cut" | "deep") => {
      const config = tiny({ method: "mentornet", interaction });
      const task = await prepareData(config);
      const trainer = await prepareTrainer(config, task);
      const batch = batchAt(prepareBatches(config, task), 0);
      await trainer.step(stepOn(batch, 0.05, { progress: 0.95, loss: 1, accuracy: 0 }), 0);
      const arrays = await exportArrays(trainer, ["theta"]);
      await trainer.close();
      return arrays;
    };
    expect(await after("deep")).toEqual(await after("cut"));
  });
});

describe("mentornet dd", () => {
  /** A mentor whose answers differ widely, for weights of the order that a fit ends with. */
  const omega = mapTree(untrained(3), (x, path) =>
    path === "fitted"
      ? tensor(Float32Array.of(1))
      : tensor(
          x.data.map((value) => 2 * value),
          x.shape,
        ),
  );
  const numbers = (tree: Tree<Tensor>) =>
    Object.fromEntries(entries(tree).map(([name, { data }]) => [name, Array.from(data)]));
  const rows = ({ data, shape }: Tensor): number[][] => {
    const width = shape.at(-1)!;
    return Array.from({ length: data.length / width }, (_, r) => Array.from(data.slice(r * width, (r + 1) * width)));
  };
  const plain = Object.fromEntries(entries(omega).map(([name, x]) => [name, rows(x)]));
  const places = [0, 16, 17, 18, 19, 60, 99];

  test.each(hasTorch ? ["reference", "onnx", "torch"] : ["reference", "onnx"])(
    "weighs by the mentor's answers, whose clock stops, step after step: %s",
    async (name) => {
      const engine = await selectEngine(name, { threads: 1 });
      for (const mentornetDropout of [false, true]) {
        const original = new OriginalDd(plain);
        const spread: number[] = [];
        let now: Tree<Tensor> = omega;
        for (const place of places) {
          const losses = drawn(20);
          const want = original.weights([...losses], place, 100, 0.75, mentornetDropout);
          const changes = { mentornetVariant: "dd", mentornetDropout } as const;
          const { weights, omega: after } = await weighBy(engine, now, losses, place / 100, changes);
          weights.forEach((w, k) => expect(Math.abs(w - want[k]!)).toBeLessThan(1e-6));
          spread.push(...want.slice(0, 10).map((w) => 20 * w));
          expect(leaf(after, "m").data[0]).toBeCloseTo(original.m, 5);
          // The mentor itself stays.
          expect(numbers(after)).toEqual({ ...numbers(omega), m: [leaf(after, "m").data[0]] });
          now = after;
        }
        // Not all 0 or 1, or all alike.
        const answers = spread.slice(20);
        expect(Math.max(...answers) - Math.min(...answers)).toBeGreaterThan(0.2);
      }
    },
  );

  test("before it has learnt every example weighs the same, and m is followed all the same", async () => {
    for (const place of places) {
      const losses = drawn(8);
      const { weights, omega: after } = await weighBy(reference, untrained(6), losses, place / 100, {
        mentornetVariant: "dd",
      });
      expect(weights).toEqual(new Array(8).fill(1 / 8));
      const sorted = [...losses].sort((a, b) => a - b);
      expect(leaf(after, "m").data[0]).toBeCloseTo(sorted[5]! / 2, 12);
    }
  });

  test("notes each example seen: hundredth, loss, and whether the label is right", () => {
    const { learning } = mentornet.design(specOf(3, 1, 3), tiny({ mentornetVariant: "dd", epochs: 7 }));
    const plan = learning?.by === "rehearsals" ? learning.plan : undefined;
    expect(plan).toMatchObject({ count: 1, part: "annotated", checks: 0 });
    expect(plan!.steps({ steps: 500, epochs: 7, stepsPerPass: 4 })).toBe(28);
    const rehearser = plan!.rehearser(reference);
    const step = { wrong: [0, 1, 0] };
    // 29/100 and 0.57 lie below their hundredths in binary, times 100.
    for (const [i, progress] of [0, 0.29, 0.57, 0.999].entries()) {
      rehearser.observeStep!({ ...step, progress, losses: Float32Array.of(i, i + 0.5, i + 0.25) });
    }
    const saved = rehearser.save();
    const data = (name: string) => Array.from(saved.get(name)!.data);
    expect(data("hundredths")).toEqual([0, 0, 0, 29, 29, 29, 57, 57, 57, 99, 99, 99]);
    expect(data("targets")).toEqual([1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1]);
    expect(data("losses").slice(3, 6)).toEqual([1, 1.5, 1.25]);
    const other = plan!.rehearser(reference);
    other.load(saved);
    expect(other.save()).toEqual(saved);
  });
});

const arraysIn = ({ out }: TrainConfig) =>
  decodeTensors(readFileSync(checkpointPath(out!, "last")), "checkpoint").tensors;

test("a mentornet run that was stopped twice and resumed equals an uninterrupted one, bit for bit", async () => {
  const short = (): TrainConfig => tiny({ method: "mentornet", epochs: 2, trainLimit: 100 });
  const [whole, parts] = [short(), short()];
  expect((await train(whole)).steps).toBe(10);
  // Everything trains in the first 2 steps, and the linear curriculum begins with the last.
  for (const stop of [1, 6]) {
    await train({ ...parts, maxSteps: stop }, { resume: stop > 1 });
    expect(arraysIn(parts).get("omega.m")!.data[0]).toBeGreaterThan(0);
  }
  await train(parts, { resume: true });
  expect([...arraysIn(parts)]).toEqual([...arraysIn(whole)]);
  expect(readFileSync(`${parts.out!}/weights.csv`)).toEqual(readFileSync(`${whole.out!}/weights.csv`));
});

test.each(hasTorch ? (["onnx", "torch"] as const) : (["onnx"] as const))(
  "a run with a rehearsal that was stopped in it, at its end and after it equals an uninterrupted one, bit for bit: %s",
  async (engine) => {
    const short = (): TrainConfig =>
      tiny({ method: "mentornet", mentornetVariant: "dd", mentornetFitSteps: 30, epochs: 2, engine });
    const [whole, parts] = [short(), short()];
    expect((await train(whole)).steps).toBe(10);
    // 2 passes over 40 annotated examples in batches of 20 are 4 steps of rehearsal.
    const seen: number[] = [];
    for (const stop of [3, 4, 9]) {
      await train({ ...parts, maxSteps: stop }, { resume: stop > 3 });
      seen.push(arraysIn(parts).get("rehearsals.losses")!.data.length, arraysIn(parts).get("omega.fitted")!.data[0]!);
    }
    // What it has learnt from is dropped.
    expect(seen).toEqual([60, 0, 0, 1, 0, 1]);
    await train(parts, { resume: true });
    expect([...arraysIn(parts)]).toEqual([...arraysIn(whole)]);
    expect(readFileSync(`${parts.out!}/weights.csv`)).toEqual(readFileSync(`${whole.out!}/weights.csv`));
  },
);

test.skipIf(!hasReal)("a mentor that learnt on ten classes weighs a hundred, without a rehearsal", async () => {
  const source = tiny({ method: "mentornet", mentornetVariant: "dd", mentornetFitSteps: 30, epochs: 1 });
  await train(source);
  const events: string[] = [];
  const target = tiny({
    method: "mentornet",
    mentornetVariant: "dd",
    data: "cifar100",
    dataDir: REAL,
    valid: 100,
    epochs: 1,
    teacherFrom: source.out!,
    freezeTeacher: true,
  });
  await train(target, { onEvent: ({ type }) => events.push(type) });
  expect(events).toContain("step");
  expect(events).not.toContain("rehearsal");
  const [from, to] = [arraysIn(source), arraysIn(target)];
  const mentor = [...from.keys()].filter((name) => name.startsWith("omega.") && name !== "omega.m");
  expect(mentor).toHaveLength(11);
  for (const name of mentor) expect(to.get(name)).toEqual(from.get(name));
  expect(to.get("omega.m")).not.toEqual(from.get("omega.m"));
});
