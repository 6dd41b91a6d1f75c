/** @file `anchored` against Bayes' rule, one number after another. Its class weights are those of `transition`. */

import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { anchored } from "../../src/methods/anchored.ts";
import { Random } from "../../src/random.ts";
import { tensor } from "../../src/tensor.ts";
import { configOf } from "../../src/settings/config-of.ts";
import { leaf } from "../../src/tree.ts";
import { C, counts, drawn, matrixOf, posteriors, rows, softmax, truth } from "./bayes.ts";
import { batchOf, little, normals, numbers, specOf, stepOn, viewOf } from "./little.ts";

/** The counts after a batch. @param memory examples that they remember, of which the design has 400 a class */
async function after(
  N: readonly number[],
  logits: readonly number[],
  labels: readonly number[],
  marks: readonly number[],
): Promise<number[]> {
  const size = labels.length;
  const design = anchored.design(specOf(C, 2, size), configOf({ method: "anchored" }));
  const inputs = [
    tensor(Float64Array.from(N), [C, C]),
    tensor(Float64Array.from(logits), [size, C]),
    tensor(Int32Array.from(labels)),
    tensor(Float64Array.from(marks)),
  ];
  const graph = trace((omega, z, y, trusted) => {
    const view = { ...viewOf(size, { labels: y, logits: z }), trusted: trusted };
    return [leaf(design.accumulate!({ N: omega }, view), "N")];
  }, inputs);
  const [result] = await runOnce(reference, graph, inputs);
  return Array.from(result!.data);
}

describe("counts", () => {
  test("take in untrusted examples by the student's posterior, and trusted ones not at all", async () => {
    const labels = [0, 2, 1, 1, 0, 2];
    const marks = [0, 1, 0, 0, 1, 0];
    const logits = Array.from(normals([{ shape: [6, C] }], 1.5, "logits")[0]!.data);
    const T = matrixOf(counts);
    const joint = new Array<number>(C * C).fill(0);
    posteriors(T, rows(logits, C).map(softmax), labels).forEach((u, k) => {
      if (marks[k] === 1) return;
      u.forEach((value, c) => (joint[c * C + labels[k]!]! += value / 6));
    });
    const fresh = 6 / 1200; // of 400 examples a class
    const got = await after(counts, logits, labels, marks);
    got.forEach((n, i) => expect(n).toBeCloseTo((1 - fresh * (4 / 6)) * counts[i]! + fresh * joint[i]!, 12));
  });

  test("of a batch of trusted examples alone stay", async () => {
    const got = await after(counts, [1, 0, 0, 0, 1, 0], [0, 1], [1, 1]);
    got.forEach((n, i) => expect(n).toBeCloseTo(counts[i]!, 12));
  });

  test("find how labels go wrong under an honest prediction", async () => {
    const random = new Random(9, "anchored");
    const size = 3000;
    const logits = Array.from({ length: size * C }, () => 3 * random.normal());
    // Classes are drawn from the prediction, which is calibrated by construction; so are labels from the classes.
    const labels = rows(logits, C).map((z) => drawn(truth[drawn(softmax(z), random)]!, random));
    let now = counts;
    for (let i = 0; i < 60; i++) now = await after(now, logits, labels, new Array<number>(size).fill(0));
    // 1,000 examples a row give shares to 0.015; that classes overlap costs a factor of a few.
    matrixOf(now).forEach((row, c) => row.forEach((t, j) => expect(Math.abs(t - truth[c]![j]!)).toBeLessThan(0.06)));
  }, 60_000);
});

test("a trusted example weighs 1/N on its label, another one its posterior", async () => {
  const trainer = little({ method: "anchored" });
  const batch = batchOf(6, 3);
  const marks = [0, 1, 0, 0, 1, 0];
  const marked = { ...batch, arrays: { ...batch.arrays, trusted: tensor(Float32Array.from(marks)) } };
  const { weights } = await trainer.step(stepOn(marked, 0.1), 0);
  marks.forEach((mark, k) => {
    if (mark === 1) expect(weights[k]).toBeCloseTo(1 / 6, 6);
    else expect(weights[k]).toBeLessThan(1 / 6);
  });
  // The counts moved by four of six examples of 1,200.
  const total = (await numbers(trainer.arrays.omega)).reduce((a, b) => a + b, 0);
  expect(total).toBeCloseTo(1, 5);
  await trainer.close();
});

test("it is refused without a trusted example of each class, and where none is to be trained on", () => {
  expect(() => configOf({ method: "anchored", trainOnTrusted: 0 })).toThrow(
    "--train-on-trusted: expected more than 0 with --method anchored, which trains on trusted examples, got 0. Leave the option out, or use --method uniform",
  );
});
