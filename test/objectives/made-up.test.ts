/**
 * An objective, a student, a method and a setting that the package does not have: each is one object here, and
 * nothing else changes.
 */

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { reference } from "../../src/engines/reference/reference.ts";
import { count } from "../../src/fields.ts";
import { defineMethod } from "../../src/methods/method.ts";
import { deep } from "../../src/methods/deep.ts";
import { fieldsOf, methods } from "../../src/methods/methods.ts";
import { ownFields } from "../../src/methods/options.ts";
import { transition } from "../../src/methods/transition.ts";
import { makeStudent, studentFamilies } from "../../src/models/make.ts";
import type { Student, StudentFamily } from "../../src/models/student.ts";
import type { Evaluation, Objective } from "../../src/objectives/objective.ts";
import { shares } from "../../src/objectives/shares.ts";
import { add, mul, neg, sub } from "../../src/ops/elementwise.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { reshape } from "../../src/ops/movement.ts";
import { factsIn } from "../../src/train/setting-facts.ts";
import { settingsOf } from "../../src/settings/settings.ts";
import type { Aim } from "../../src/tasks/task.ts";
import type { Batch } from "../../src/tasks/batches.ts";
import { float, tensor, zeros } from "../../src/tensor.ts";
import { leaf } from "../../src/tree.ts";
import { trainFields, trainSchema } from "../../src/train/config.ts";
import { START } from "../../src/objectives/view.ts";
import { TrainingProblem } from "../../src/train/step/problem.ts";
import { Trainer } from "../../src/train/step/trainer.ts";

/** One number for each example, by half the squared error. */
const numbers: Objective = {
  kind: "numbers",
  chance: 1,
  targets: ["y"],
  look({ output, internals }, { y }) {
    const error = sub(reshape(output, y!.shape), y!);
    const losses = mul(mul(error, error), 0.5);
    return { losses, nll: losses, internals };
  },
  metrics: { loglik: ({ nll }) => neg(nll) },
  features: ({ I0 }) => ({
    I0: { kind: "vector", perClass: false, width: I0[0]!, of: ({ internals }) => internals.I0 },
  }),
  judge: ({ nll, internals }) => ({ nll, errors: nll, predictions: reshape(internals.I0, nll.shape) }),
  evaluator() {
    const all: number[] = [];
    return {
      add: ({ nll }) => all.push(...nll.data),
      result(): Evaluation {
        const loss = all.reduce((a, b) => a + b, 0) / all.length;
        return { loss, scores: { error: { value: loss, unit: "points", better: "lower" } }, predictions: [] };
      },
    };
  },
  primary: "error",
  standing: ({ loss }) => Math.max(0, 1 - loss),
};

/** w · x + b on vectors of three numbers. */
const line: Student = {
  name: "line",
  init: () => ({ params: { w: zeros([3, 1]), b: zeros([1]) }, statistics: {} }),
  apply(params, statistics, { vectors }) {
    const output = add(matmul(vectors!, leaf(params, "w")), leaf(params, "b"));
    return { output, internals: { I0: output }, statistics };
  },
};
const lines: StudentFamily = { names: "line", make: (name) => (name === "line" ? line : undefined) };

/** All examples alike, times a factor that is a setting of its own. */
const louder = defineMethod({
  name: "louder",
  summary: "all examples alike, but louder",
  source: "this test",
  cost: "none",
  fields: ownFields({ louderTimes: count("How much louder").default(3) }),
  options: [],
  design: (_spec, { louderTimes }) => ({
    init: () => ({}),
    weigh: (_omega, view) => mul(shares(view), louderTimes),
  }),
});

const aim: Aim = { objective: numbers, form: { inputs: { vectors: float([2, 3]) }, outputs: 1 } };
const batch: Batch = {
  arrays: {
    vectors: tensor(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1), [4, 3]),
    y: tensor(Float32Array.of(1, -2, 3, 2)),
  },
  positions: Uint32Array.of(0, 1, 2, 3),
  size: 4,
};
const input = { batch, rate: 0.2, moment: START };
const config = { ...trainSchema.parse({ batch: 4, validBatch: 4, weightDecay: 0, momentum: 0.5 }), louderTimes: 3 };

describe("made up", () => {
  test("an objective, a student and a method train together: a step is the gradient of the mean, three times", async () => {
    const student = makeStudent("line", aim.form, [...studentFamilies, lines]);
    const trainer = new Trainer(reference, new TrainingProblem(student, aim, louder, config), config);
    const { loss, losses, weights } = await trainer.step(input, 0);
    expect([...losses]).toEqual([0.5, 2, 4.5, 2]);
    expect([...weights]).toEqual([0.75, 0.75, 0.75, 0.75]);
    expect(loss).toBeCloseTo(3 * 2.25, 12);
    // ∂/∂b of Σ 0.75 · ½ (b − y)² at 0 is −0.75 Σ y = −3; η = 0.2, which reaches the engine as a float32.
    const [, b] = await Promise.all(trainer.arrays.theta.map((x) => x.read()));
    expect(b!.data[0]).toBeCloseTo(0.6, 7);
    await trainer.close();
  });

  test("the paper's teacher learns on it through the student's steps, without a class in sight", async () => {
    const options = { ...config, features: "I0", teacherEvery: 2, teacherLr: 0.1 };
    const trainer = new Trainer(reference, new TrainingProblem(line, aim, deep, options), options);
    await trainer.step(input, 0);
    await trainer.step(input, 1);
    const { metric, gradientNorm } = await trainer.learn(batch);
    expect(metric).toBeLessThan(0);
    expect(gradientNorm).toBeGreaterThan(0);
    await trainer.close();
  });

  test("a method that needs classes is refused with the reason, and features that it does not offer too", () => {
    expect(() => new TrainingProblem(line, aim, transition, config)).toThrow(
      "--method transition: expected a task that predicts classes, got one that predicts numbers",
    );
    expect(() => new TrainingProblem(line, aim, deep, config)).toThrow(
      "--features: expected features of this student, which are I0; got M0",
    );
    expect(() => new TrainingProblem(line, aim, louder, { ...config, metric: "accuracy" }).outer).toThrow(
      "--metric: expected one of loglik, got accuracy",
    );
  });

  test("a method's setting is in the schema, the help and the facts by being declared", () => {
    const schema = z.strictObject({ ...trainFields.shape, ...fieldsOf([...methods, louder]) });
    const setting = settingsOf(schema).find(({ key }) => key === "louderTimes");
    expect(setting).toMatchObject({ name: "louder-times", description: "How much louder", fallback: 3 });
    expect(factsIn(schema.shape).get("louderTimes")).toEqual({ group: "Other methods:" });
    expect(() => fieldsOf([louder, { ...louder, name: "loudest" }])).toThrow(
      "method loudest: expected settings of its own, got louderTimes, which another has",
    );
  });

  test("an example of several parts counts as many", async () => {
    const sized: Objective = {
      ...numbers,
      look: (answer, targets) => ({ ...numbers.look(answer, targets), sizes: targets["parts"]! }),
      targets: ["y", "parts"],
    };
    const parts = { ...batch, arrays: { ...batch.arrays, parts: tensor(Float32Array.of(1, 2, 1, 0)) } };
    const quiet = { ...config, louderTimes: 1 };
    const problem = new TrainingProblem(line, { ...aim, objective: sized }, louder, quiet);
    const trainer = new Trainer(reference, problem, config);
    const { loss, weights } = await trainer.step({ ...input, batch: parts }, 0);
    // Reported over the share of uniform weighting: 1 / N where they are alike.
    expect([...weights]).toEqual([0.25, 0.25, 0.25, 0]);
    expect(loss).toBeCloseTo((0.5 + 2 * 2 + 4.5) / 4, 12);
    await trainer.close();
  });
});
