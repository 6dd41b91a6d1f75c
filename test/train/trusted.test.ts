/** @file Runs that train on trusted examples: baselines, held-out guides, resumes, and what is refused. */

import { describe, expect, test } from "vitest";
import { configOf } from "../../src/settings/config-of.ts";
import { readRecord } from "../../src/train/record/run-record.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { train } from "../../src/train/run.ts";
import { tiny } from "./tiny.ts";

const runs: readonly TrainInput[] = [
  { method: "trusted-only" },
  { method: "mixed" },
  { method: "fine-tune", fineTuneFrom: 0.5 },
  { method: "deep", trainOnTrusted: 0.5, validBatch: 20, features: "I0+M0+trusted" },
  { method: "transition", trainOnTrusted: 1 },
  { method: "l2t-data", trainOnTrusted: 0.5, validBatch: 20, l2tEpisodes: 2, l2tEpisodeShare: 0.5 },
];

describe.each(runs)("%j", (settings) => {
  test("stops in mid-window and goes on to the same numbers", async () => {
    const whole = await train(tiny({ ...settings, epochs: 2 }));
    const config = tiny({ ...settings, epochs: 2, maxSteps: 4 });
    await train(config);
    const resumed = await train({ ...config, maxSteps: undefined }, { resume: true });
    expect([resumed.finished, resumed.testError, resumed.testLoss]).toEqual([true, whole.testError, whole.testLoss]);
    expect(readRecord(config.out!).config).toMatchObject(settings);
  });
});

test("where every trusted example trains, none validates and the last student is the best", async () => {
  const results = await train(tiny({ method: "mixed", epochs: 2 }));
  expect(results.validError).toEqual({ last: null, best: null });
  expect(results.testError.bestValidation).toBe(results.testError.last);
  const apart = await train(tiny({ method: "mixed", trainOnTrusted: 0.5, epochs: 2 }));
  expect(apart.validError.last).not.toBeNull();
});

test("trusted-only does not depend on the other labels", async () => {
  const errors = [];
  for (const noise of ["none", "uniform:1"]) {
    errors.push((await train(tiny({ method: "trusted-only", noise, epochs: 2 }))).testLoss.last);
  }
  expect(errors[0]).toBe(errors[1]);
});

test("a trusted example is drawn more than never", () => {
  expect(() => configOf({ method: "mixed", trustedCopies: 0 })).toThrow(/^--trusted-copies: expected .*, got 0/);
});

test.each([
  [
    { method: "uniform", trainOnTrusted: 1 },
    "--train-on-trusted: expected 0 with --method uniform, which trains on untrusted examples alone, got 1. Use --method mixed",
  ],
  [
    { method: "mixed", trainOnTrusted: 0 },
    "--train-on-trusted: expected more than 0 with --method mixed, which trains on trusted examples, got 0. Leave the option out, or use --method uniform",
  ],
  [
    { method: "mixed", valid: 0 },
    "--valid: expected clean examples, since --method mixed trains on them; got 0. Give their number, or use --method uniform",
  ],
  [
    { method: "deep", trainOnTrusted: 0.5, valid: 0 },
    "--valid: expected clean examples, since --train-on-trusted trains on them; got 0. Give their number, or use --method uniform",
  ],
] as const)("%j is refused before any data is read", (settings, message) => {
  expect(() => configOf(settings)).toThrow(message);
});

test.each([
  [
    { method: "l2t-data", trainOnTrusted: 1 },
    "--train-on-trusted: expected less than 1, since --method l2t-data learns from clean examples that the student is not trained on; got 1",
  ],
  [
    { method: "mixed", trustedCopies: 1000 },
    "--trusted-copies: expected batches with room for untrusted examples, got 1000 for each of 40 trusted examples beside 96 untrusted ones, which leaves 0.05 rows of 20.",
  ],
  // The share is 1 in floating point.
  [
    { method: "anchored", trustedCopies: 1e300 },
    "--trusted-copies: expected batches with room for untrusted examples, got 1e+300",
  ],
  [
    { method: "mixed", trainOnTrusted: 0.01 },
    "--train-on-trusted: expected a share with at least one whole example of a class, got 0.01 of 40 trusted examples, rounded down in each class. Raise it, or --valid",
  ],
  [
    { method: "deep", trainOnTrusted: 0.5, validBatch: 30 },
    "--valid-batch: expected at most the 20 validation examples (--valid, without the 20 of --train-on-trusted), got 30",
  ],
] as const)("%j is refused", async (settings, message) => {
  await expect(train(tiny(settings))).rejects.toThrow(message);
});
