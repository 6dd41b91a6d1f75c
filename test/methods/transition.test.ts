import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { traceNamed } from "../../src/graph/named.ts";
import type { Value } from "../../src/graph/value.ts";
import type { Design } from "../../src/methods/method.ts";
import { transition } from "../../src/methods/transition.ts";
import type { TrainingView } from "../../src/objectives/view.ts";
import { uniform } from "../../src/methods/uniform.ts";
import { fill, sumAll } from "../../src/ops/broadcast.ts";
import { logSoftmax } from "../../src/ops/compose.ts";
import { mul, neg, stopGradient } from "../../src/ops/elementwise.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { Random } from "../../src/random.ts";
import { tensor } from "../../src/tensor.ts";
import { inspect } from "../../src/train/step/inspect-batch.ts";
import { imageAim, imageBatch } from "../../src/tasks/images/task.ts";
import { inTraining } from "../../src/train/step/pass.ts";
import { TrainingProblem } from "../../src/train/step/problem.ts";
import { gradient } from "../../src/transform/grad.ts";
import type { Tree } from "../../src/tree.ts";
import { leaves, unflatten } from "../../src/tree.ts";
import { tiny } from "../train/tiny.ts";
import { C, counts, drawn, matrixOf, posteriors, rows, softmax, truth } from "./bayes.ts";
import {
  batchOf,
  differences,
  little,
  normals,
  numbers,
  perExample,
  relative,
  unflat,
  labelled,
  labelsOf,
  specOf,
  stepOn,
  viewOf,
} from "./little.ts";

const [N, D] = [7, 2];
interface Seen {
  readonly labels: readonly number[];
  readonly logits: readonly number[];
  readonly states: readonly number[];
}
const seen: Seen = {
  labels: [0, 2, 1, 1, 0, 2, 2],
  logits: Array.from(normals([{ shape: [N, C] }], 1.5, "logits")[0]!.data),
  states: Array.from(normals([{ shape: [N, D] }], 1, "states")[0]!.data),
};
/** W and b. */
const head = [0.4, -0.3, 0.8, -0.5, 0.2, 0.1, 0.3, -0.2, 0.05];

const designOf = (batch: number, memory: number): Design =>
  transition.design(specOf(C, D, batch), tiny({ method: "transition", transitionMemory: memory }));

/** What `make` makes of a batch at ω = (W, b, N). */
async function on(
  { labels, logits, states }: Seen,
  N: readonly number[],
  make: (design: Design, omega: Tree<Value>, shown: TrainingView) => readonly Value[],
  memory = 0,
): Promise<number[][]> {
  const size = labels.length;
  const design = designOf(size, memory);
  const like = design.init(0);
  const y = tensor(Int32Array.from(labels));
  const inputs = [...unflat([...head, ...N], leaves(like)), tensor(logits, [size, C]), tensor(states, [size, D]), y];
  const graph = trace((...x) => {
    const [z, I0, given] = x.slice(-3);
    const shown = viewOf(size, { labels: given!, logits: z!, I0: I0! });
    return make(design, unflatten(like, x.slice(0, -3)), shown);
  }, inputs);
  return (await runOnce(reference, simplify(graph), inputs)).map((x) => Array.from(x.data));
}

const opinion = ({ states }: Seen): number[][] =>
  rows(states, D).map((x) => softmax([0, 1, 2].map((c) => x[0]! * head[c]! + x[1]! * head[3 + c]! + head[6 + c]!)));

describe("weights", () => {
  test("are the posterior of each class behind the label, over N", async () => {
    const [got] = await on(seen, counts, (design, omega, shown) => [design.weigh(omega, shown)]);
    const want = posteriors(matrixOf(counts), rows(seen.logits, C).map(softmax), seen.labels).flat();
    got!.forEach((w, i) => expect(w).toBeCloseTo(want[i]! / N, 12));
  });

  test("their loss has the gradient of the forward-corrected loss −ln (Tᵀp)_y", async () => {
    const [got] = await on(seen, counts, (design, omega, shown) => {
      const w = stopGradient(design.weigh(omega, shown));
      const { logits } = shown.classes!;
      return gradient(sumAll(mul(w, neg(logSoftmax(logits, 1)))), [logits]);
    });
    const T = matrixOf(counts);
    const corrected = (z: readonly number[]): Promise<number> => {
      const each = rows(z, C).map((row, k) => {
        const p = softmax(row);
        return -Math.log(p.reduce((sum, value, c) => sum + T[c]![seen.labels[k]!]! * value, 0));
      });
      return Promise.resolve(each.reduce((a, b) => a + b, 0) / N);
    };
    expect(relative(got!, await differences(corrected, seen.logits))).toBeLessThan(1e-8);
  });

  test("are 1/N on the given labels when labels are never wrong", async () => {
    const right = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    const [got] = await on(seen, right, (design, omega, shown) => [design.weigh(omega, shown)]);
    rows(got!, C).forEach((row, k) => expect(row[seen.labels[k]!]! * N).toBeGreaterThan(0.999));
  });
});

test("weights of another shape than [N] or [N, classes] are refused instead of broadcast", () => {
  const trainer = little({ method: "uniform" });
  const { pass } = new TrainingProblem(
    trainer.problem.student,
    imageAim([1, 2, 2], ["a", "b", "c"]),
    { ...uniform, design: () => ({ init: () => ({}), weigh: (_omega, { nll }) => fill(1, [nll.shape[0]!, 1]) }) },
    tiny({ batch: 6 }),
  );
  const weighed = () =>
    traceNamed((x) => [pass.weighed(x.theta, [], [], x.batch, false).weights], {
      theta: leaves(trainer.problem.initial.theta),
      batch: inTraining(imageBatch([1, 2, 2], 6)),
    });
  expect(weighed).toThrow("weigh: expected weights [6] or [6,3], got [6,1]");
});

describe("counts", () => {
  const followed = async (batch: Seen, N: readonly number[], memory: number): Promise<number[]> => {
    const [, , after] = await on(batch, N, (design, omega, shown) => leaves(design.accumulate!(omega, shown)), memory);
    return after!;
  };

  test("take in a batch by the head's posterior, as much as the batch is of the memory", async () => {
    const u = posteriors(matrixOf(counts), opinion(seen), seen.labels);
    const joint = Array.from({ length: C * C }, (_, i) => {
      const [c, j] = [Math.floor(i / C), i % C];
      return u.reduce((sum, row, k) => sum + (seen.labels[k] === j ? row[c]! : 0), 0) / N;
    });
    const after = await followed(seen, counts, 28); // 7 of 28
    after.forEach((n, i) => expect(n).toBeCloseTo(0.75 * counts[i]! + 0.25 * joint[i]!, 12));
  });

  test("find how labels go wrong from labels and an honest opinion on the images alone", async () => {
    // Images whose class is drawn from the opinion on them: it is calibrated by construction.
    const random = new Random(9, "transition");
    const size = 6000;
    const states = Array.from({ length: size * D }, () => 3 * random.normal());
    const labels = opinion({ states, labels: [], logits: [] }).map((r) => drawn(truth[drawn(r, random)]!, random));
    const batch: Seen = { labels, states, logits: Array.from({ length: size * C }, () => 0) };
    let now = counts;
    for (let i = 0; i < 80; i++) now = await followed(batch, now, 1); // each time all of it
    // 2,000 examples a row give shares to 0.01; that classes overlap costs a factor of a few.
    matrixOf(now).forEach((row, c) => row.forEach((t, j) => expect(Math.abs(t - truth[c]![j]!)).toBeLessThan(0.06)));
  }, 60_000);
});

describe("in training", () => {
  const changes = { method: "transition", teacherEvery: 2, teacherLr: 0.02, teacherWeightDecay: 0.01 } as const;
  const batch = batchOf(6, 70);
  const labels = labelsOf(batch);

  test("a step goes along Σ wₖ꜀ ∇(−ln p꜀) and tells that loss, and each given label's weight", async () => {
    const trainer = little({ ...changes, momentum: 0.8, weightDecay: 0 });
    const before = await numbers(trainer.arrays.theta);
    const { losses, weights, loss } = await trainer.step(stepOn(batch, 0.5), 0);
    const after = await numbers(trainer.arrays.theta);
    await trainer.close();

    const asClass = await Promise.all(
      [0, 1, 2].map((c) =>
        perExample(
          before,
          labelled(
            batch,
            labels.map(() => c),
          ),
        ),
      ),
    );
    const beliefs = labels.map((_, k) => asClass.map((of) => Math.exp(-of.losses[k]!)));
    const start = Array.from({ length: C * C }, (_, i) => (i % (C + 1) === 0 ? 0.6 : 0.2) / C);
    const w = posteriors(matrixOf(start), beliefs, labels).map((row) => row.map((x) => x / 6));
    const g = before.map((_, i) =>
      w.reduce((sum, row, k) => sum + row.reduce((all, x, c) => all + x * asClass[c]!.gradients[k]![i]!, 0), 0),
    );
    // The student's arrays are float32.
    expect(
      relative(
        after,
        before.map((x, i) => x - 0.5 * g[i]!),
      ),
    ).toBeLessThan(1e-6);
    const total = w.reduce((sum, row, k) => sum + row.reduce((all, x, c) => all + x * asClass[c]!.losses[k]!, 0), 0);
    expect(loss).toBeCloseTo(total, 6);
    weights.forEach((x, k) => expect(x).toBeCloseTo(w[k]![labels[k]!]!, 6));
    losses.forEach((x, k) => expect(x).toBeCloseTo(asClass[labels[k]!]!.losses[k]!, 6));
  });

  test("an update is five steps of Adam on the clean batch's log-likelihood; counts and student stay", async () => {
    const trainer = little(changes);
    const clean = batchOf(8, 71);
    const { I0: states } = await inspect(trainer, clean);
    const given = labelsOf(clean);
    const [theta, omega] = [await numbers(trainer.arrays.theta), await numbers(trainer.arrays.omega)];
    const lesson = await trainer.learn(clean);
    const now = await numbers(trainer.arrays.omega);
    expect(await numbers(trainer.arrays.theta)).toEqual(theta);
    await trainer.close();

    const width = states.length / 8;
    const X = rows(Array.from(states), width);
    const size = width * C + C;
    let w = Array.from({ length: size }, () => 0);
    const [m, v] = [w.slice(), w.slice()];
    const told: number[] = [];
    for (let t = 1; t <= 5; t++) {
      const p = X.map((x) =>
        softmax([0, 1, 2].map((c) => x.reduce((sum, s, d) => sum + s * w[d * C + c]!, w[width * C + c]!))),
      );
      const residual = p.map((row, k) => row.map((value, c) => (value - (given[k] === c ? 1 : 0)) / 8));
      const ascent = w.map(
        (_, i) => -residual.reduce((sum, row, k) => sum + row[i % C]! * (X[k]![Math.floor(i / C)] ?? 1), 0),
      );
      if (t === 1) told.push(p.reduce((sum, row, k) => sum + Math.log(row[given[k]!]!), 0) / 8, Math.hypot(...ascent));
      w = w.map((value, i) => {
        const g = 0.01 * value - ascent[i]!;
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        return value - (0.02 * (m[i] / (1 - 0.9 ** t))) / (Math.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8);
      });
    }
    expect(relative(now.slice(0, size), w)).toBeLessThan(1e-6);
    expect(now.slice(size)).toEqual(omega.slice(size));
    expect(lesson.metric).toBeCloseTo(told[0]!, 6);
    expect(lesson.gradientNorm).toBeCloseTo(told[1]!, 6);
    expect(lesson.drift).toBeNull();
  });

  test("a teacher that is to stay as it is does not count either", async () => {
    const trainer = little({ ...changes, teacherFrom: "elsewhere", freezeTeacher: true });
    const before = await numbers(trainer.arrays.omega);
    await trainer.step(stepOn(batch, 0.5), 0);
    expect(await numbers(trainer.arrays.omega)).toEqual(before);
    expect(trainer.learner).toBeUndefined();
    await trainer.close();
  });
});
