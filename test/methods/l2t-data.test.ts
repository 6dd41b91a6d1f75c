import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { torchEngine } from "../../src/engines/torch/torch.ts";
import { traceNamed } from "../../src/graph/named.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { PolicyGradient, speedReward } from "../../src/methods/l2t/l2t-data.ts";
import { Random } from "../../src/random.ts";
import type { Tensor } from "../../src/tensor.ts";
import { tensor } from "../../src/tensor.ts";
import { entries, leaf, leaves, unflatten } from "../../src/tree.ts";
import { select } from "../../src/train/step/inspect-batch.ts";
import type { Trainer } from "../../src/train/step/trainer.ts";
import { Trainer as RealTrainer } from "../../src/train/step/trainer.ts";
import { prepareBatches, prepareData, prepareProblem } from "../../src/train/setup.ts";
import { hasTorch } from "../engines/torch-here.ts";
import { tiny } from "../train/tiny.ts";
import { batchOf, dot, flat, labelsOf, little, normals, relative, unflat } from "./little.ts";

const CLASSES = 3;
const MOMENT = { progress: 0.4, loss: 0.7, accuracy: 0.6 };
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const uniformsOf = (N: number, seed: number): Float32Array => {
  const random = new Random(seed, "test");
  return Float32Array.from({ length: N }, () => random.uniform());
};

/** The 2 C + 5 numbers of each example (algorithms 6.1), from the student's logits. */
async function statesOf(trainer: Trainer, batch: ReturnType<typeof batchOf>): Promise<number[][]> {
  const theta = await Promise.all(trainer.arrays.theta.map((x) => x.read()));
  const { pass } = trainer.problem;
  const named = traceNamed((x) => [pass.look(x.theta, [], x.batch).view.classes!.logits], {
    theta,
    batch: batch.arrays,
  });
  const [logits] = await runOnce(reference, named.graph, named.flatten({ theta, batch: batch.arrays }));
  return labelsOf(batch).map((label, k) => {
    const z = Array.from(logits!.data.slice(k * CLASSES, (k + 1) * CLASSES));
    const total = z.reduce((sum, x) => sum + Math.exp(x), 0);
    const p = z.map((x) => Math.exp(x) / total);
    const oneHot = p.map((_, c) => (c === label ? 1 : 0));
    const others = Math.max(...p.filter((_, c) => c !== label));
    // As training uploads them.
    const context = [MOMENT.progress, MOMENT.loss, MOMENT.accuracy].map(Math.fround);
    return [...oneHot, ...context, ...p, -Math.log(p[label]!), p[label]! - others];
  });
}

/** z and ∂z/∂ω of one state, arrays one after another. */
function network(omega: readonly Tensor[], s: readonly number[], kind: "mlp" | "lr"): { z: number; slope: number[] } {
  if (kind === "lr") {
    const [W, b] = omega.map(({ data }) => Array.from(data));
    return { z: s.reduce((z, x, i) => z + x * W![i]!, b![0]!), slope: [...s, 1] };
  }
  const [W1, b1, W2, b2] = omega.map(({ data }) => Array.from(data));
  const h = b1!.map((b, j) => Math.tanh(s.reduce((a, x, i) => a + x * W1![i * 12 + j]!, b)));
  const back = h.map((x, j) => W2![j]! * (1 - x * x));
  const slope = [...s.flatMap((x) => back.map((d) => d * x)), ...back, ...h, 1];
  return { z: h.reduce((z, x, j) => z + x * W2![j]!, b2![0]!), slope };
}

describe.each(["mlp", "lr"] as const)("the policy %s", (kind) => {
  test("keeps what its probability says, and its slope is the mean of (a − π) ∂z/∂ω", async () => {
    const trainer = little({ method: "l2t-data", l2tPolicy: kind });
    const like = trainer.problem.initial.omega;
    const d = 2 * CLASSES + 5;
    expect(leaves(like).map(({ shape }) => shape)).toEqual(
      kind === "lr" ? [[d, 1], [1]] : [[d, 12], [12], [12, 1], [1]],
    );
    expect(leaves(like).at(-1)!.data[0]).toBe(2);
    const omega = normals(leaves(like), 0.5, "omega");
    trainer.writeOmega(unflatten(like, omega));
    const batch = batchOf(6, 3);
    const uniforms = uniformsOf(6, 1);
    const { keep, slope } = await select(trainer, batch, MOMENT, uniforms, true);
    const answers = (await statesOf(trainer, batch)).map((s) => network(omega, s, kind));
    const a = answers.map(({ z }, k) => (uniforms[k]! < sigmoid(z) ? 1 : 0));
    expect(new Set(a).size).toBe(2);
    expect([...keep]).toEqual(a);
    const want = answers[0]!.slope.map((_, i) =>
      answers.reduce((sum, { z, slope: dz }, k) => sum + ((a[k]! - sigmoid(z)) * dz[i]!) / 6, 0),
    );
    expect(relative(flat(leaves(slope!)), want)).toBeLessThan(1e-12);
    expect((await select(trainer, batch, MOMENT, uniforms, false)).slope).toBeUndefined();
    await trainer.close();
  });
});

const at = (step: number, accuracy: number) => ({ step, accuracy });
const omegaOf = (...numbers: number[]) => ({ w: tensor(Float64Array.from(numbers)) });

describe("episodes", () => {
  test("the reward is how early the threshold is reached, and nothing when it is not", () => {
    const checks = [at(10, 0.2), at(20, 0.5), at(40, 0.4)];
    expect(speedReward({ steps: 40, checks }, 0.5)).toBeCloseTo(-Math.log(20 / 40), 15);
    expect(speedReward({ steps: 40, checks }, 0.1)).toBeCloseTo(-Math.log(10 / 40), 15);
    expect(speedReward({ steps: 40, checks }, 0.6)).toBe(0);
  });

  test("ω climbs A Σ slopes with decay, over a baseline that follows the rewards", async () => {
    const learner = new PolicyGradient({ l2tThreshold: 0, teacherLr: 0.1, teacherWeightDecay: 0.01 });
    const end = (omega: ReturnType<typeof omegaOf>, ...checks: ReturnType<typeof at>[]) =>
      learner.learn({ omega, steps: 100, checks, seed: 1 });
    learner.observeDraw(omegaOf(5, 5));
    const first = await end(omegaOf(1, -2), at(50, 0.5), at(100, 0.8));
    // Best 0.8: the threshold is 0.72, first reached at the end.
    expect(first.facts).toEqual({ reward: 0, advantage: 0, threshold: 0.9 * 0.8, accuracy: 0.8, "draws a step": 0.01 });
    expect(flat(leaves(first.omega))).toEqual([1 - 0.001, -2 + 0.002].map(Math.fround));
    let b = 0;
    for (const reachedAt of [20, 50]) {
      learner.observeDraw(omegaOf(1, 2));
      learner.observeDraw(omegaOf(0.5, -3));
      const { omega, facts } = await end(omegaOf(1, -2), at(reachedAt, 0.75), at(100, 0.9));
      const r = -Math.log(reachedAt / 100);
      expect(facts["reward"]).toBeCloseTo(r, 12);
      expect(facts["advantage"]).toBeCloseTo(r - b, 12);
      const want = [1 + 0.1 * ((r - b) * 1.5 - 0.01), -2 + 0.1 * ((r - b) * -1 + 0.02)];
      flat(leaves(omega)).forEach((x, i) => expect(x).toBeCloseTo(want[i]!, 6));
      b = 0.2 * b + 0.8 * r;
    }
  });

  test("a given threshold is what counts", async () => {
    const learner = new PolicyGradient({ l2tThreshold: 0.3, teacherLr: 0.1, teacherWeightDecay: 0 });
    learner.observeDraw(omegaOf(0));
    const { facts } = await learner.learn({ omega: omegaOf(0), steps: 10, checks: [at(5, 0.3), at(10, 0.9)], seed: 1 });
    expect(facts).toMatchObject({ threshold: 0.3, reward: Math.log(2) });
  });

  // A bandit: examples of class 0 bring reward when they are kept, the others when they are not.
  test("the expected step keeps more of what brings reward and less of what costs it", async () => {
    const trainer = little({ method: "l2t-data" });
    const batches = [51, 52].map((seed) => batchOf(24, seed));
    const states = (await Promise.all(batches.map((batch) => statesOf(trainer, batch)))).flat();
    const labels = batches.flatMap(labelsOf);
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    /** Of class 0 and of the others. */
    const apart = (kept: readonly number[]): [number, number] => [
      mean(kept.filter((_, k) => labels[k] === 0)),
      mean(kept.filter((_, k) => labels[k] !== 0)),
    ];
    const probabilities = (omega: readonly Tensor[]) => apart(states.map((s) => sigmoid(network(omega, s, "mlp").z)));
    const like = trainer.problem.initial.omega;
    const start = unflatten(like, normals(leaves(like), 0.2, "bandit"));
    trainer.writeOmega(start);
    const learner = new PolicyGradient({ l2tThreshold: 0.5, teacherLr: 1, teacherWeightDecay: 0 });
    const before = flat(leaves(start));
    const total = before.map(() => 0);
    const episodes = 1000;
    for (let episode = 0; episode < episodes; episode++) {
      const kept: number[] = [];
      for (const [i, batch] of batches.entries()) {
        const { keep, slope } = await select(trainer, batch, MOMENT, uniformsOf(24, 2 * episode + i), true);
        learner.observeDraw(slope!);
        kept.push(...keep);
      }
      const [useful, harmful] = apart(kept);
      // ln(steps / step) = 2 + useful − harmful.
      const steps = 1e6;
      const checks = [at(steps * Math.exp(harmful - useful - 2), 1)];
      const { omega } = await learner.learn({ omega: start, steps, checks, seed: 1 });
      flat(leaves(omega)).forEach((x, i) => (total[i]! += x - before[i]!));
    }
    const moved = before.map((x, i) => x + (60 * total[i]!) / episodes);
    const [useful, harmful] = probabilities(leaves(start));
    const [usefulAfter, harmfulAfter] = probabilities(unflat(moved, leaves(like)));
    expect(usefulAfter - harmfulAfter).toBeGreaterThan(useful - harmful + 0.05);
    // The gradient of the expected reward, that is of the difference of these means, over all draws' examples.
    const slopes = states.map((s) => network(leaves(start), s, "mlp"));
    const counts = [labels.filter((y) => y === 0).length, labels.filter((y) => y !== 0).length] as const;
    const want = before.map((_, i) =>
      slopes.reduce((sum, { z, slope }, k) => {
        const share = labels[k] === 0 ? 1 / counts[0] : -1 / counts[1];
        return sum + share * sigmoid(z) * (1 - sigmoid(z)) * slope[i]!;
      }, 0),
    );
    expect(dot(total, want) / Math.hypot(...total) / Math.hypot(...want)).toBeGreaterThan(0.95);
    await trainer.close();
  });

  test("what it has noted goes through save and load", async () => {
    const options = { l2tThreshold: 0, teacherLr: 0.1, teacherWeightDecay: 0 };
    const [whole, before, after] = [1, 2, 3].map(() => new PolicyGradient(options)) as [
      PolicyGradient,
      PolicyGradient,
      PolicyGradient,
    ];
    const end = { omega: omegaOf(1, 2), steps: 10, checks: [at(5, 0.6), at(10, 0.61)], seed: 1 };
    for (const learner of [whole, before]) {
      learner.observeDraw(omegaOf(1, 1));
      await learner.learn(end);
      learner.observeDraw(omegaOf(0.1, -0.3));
    }
    after.load(before.save());
    for (const learner of [whole, after]) learner.observeDraw(omegaOf(0.7, 0.2));
    const later = { ...end, checks: [at(10, 0.7)] };
    expect(await after.learn(later)).toEqual(await whole.learn(later));
  });
});

test.runIf(hasTorch)("torch and onnx choose alike", async () => {
  const task = await prepareData(tiny());
  for (const method of ["l2t-data", "spl"] as const) {
    const config = tiny({ method, splVariant: "rl4data" });
    const choose = async (engine: RealTrainer["engine"]) => {
      const trainer = new RealTrainer(engine, prepareProblem(config, task), config);
      const batch = batchAt(prepareBatches(config, task), 2);
      const choice = await select(trainer, batch, MOMENT, uniformsOf(batch.size, 4), method === "l2t-data");
      await trainer.close();
      return choice;
    };
    const [onnx, torch] = [await choose(await onnxEngine({ threads: 1 })), await choose(torchEngine({ threads: 1 }))];
    expect(torch.keep).toEqual(onnx.keep);
    for (const [name, { data }] of entries(torch.slope ?? {})) {
      const other = leaf(onnx.slope!, name).data;
      data.forEach((x, i) => expect(Math.abs(x - other[i]!)).toBeLessThan(1e-5));
    }
  }
});
