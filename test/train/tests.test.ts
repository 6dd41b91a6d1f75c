import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evaluateRun } from "../../src/train/after/evaluate-run.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { TrainConfig, TrainInput } from "../../src/train/config.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { testIsDue } from "../../src/train/loop/tests.ts";
import { train } from "../../src/train/run.ts";
import { tiny } from "./tiny.ts";

/** Validation is best after the third of six epochs. */
const config = (changes: TrainInput = {}): TrainConfig =>
  tiny({ epochs: 6, milestones: [7], method: "uniform", student: "mlp", seed: 2, ...changes });

const evaluations = (folder: string) =>
  readFileSync(join(folder, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainEvent)
    .filter((event) => event.type === "eval");

test("tested at the end or after each epoch, a run has the same numbers", async () => {
  const [once, often] = [config(), config({ testEvery: 1 })];
  const [atEnd, atEach] = [await train(once), await train(often)];
  const told = evaluations(often.out!);
  const best = told.findLast((event) => event.best)!;
  expect(best.epoch).toBeLessThan(6);
  expect(best.testError).not.toBe(told.at(-1)!.testError);
  for (const results of [atEnd, atEach]) {
    expect(results.testError).toEqual({ last: told.at(-1)!.testError, bestValidation: best.testError });
    expect(results.testLoss).toEqual({ last: told.at(-1)!.testLoss, bestValidation: best.testLoss });
  }
  expect(evaluations(once.out!).map(({ epoch, testError }) => [epoch, testError !== undefined])).toEqual(
    [1, 2, 3, 4, 5, 6].map((epoch) => [epoch, epoch === 6]),
  );
  const withoutTest = (folder: string) =>
    evaluations(folder).map((event) => ({ ...event, seconds: 0, testError: 0, testLoss: 0 }));
  expect(withoutTest(once.out!)).toEqual(withoutTest(often.out!));
  // The last student is back in place: its checkpoint tests as the run did.
  expect((await evaluateRun(once.out!)).testError).toBe(atEnd.testError.last);
  expect((await evaluateRun(once.out!, { checkpoint: "best" })).testError).toBe(atEnd.testError.bestValidation);
});

test("a run that was stopped after its last evaluation tests both when it is resumed", async () => {
  const whole = config();
  const parts = config();
  const results = await train(whole);
  expect((await train({ ...parts, maxSteps: 27 })).testError).toEqual({ last: null, bestValidation: null });
  const resumed = await train(parts, { resume: true });
  expect(resumed.testError).toEqual(results.testError);
  expect((await train(parts, { resume: true })).testError).toEqual(results.testError);
});

test("a best student that is gone is not tested, and the run ends well", async () => {
  const once = config();
  let gone = false;
  const results = await train(once, {
    onEvent: (event) => {
      if (event.type !== "checkpoint" || event.step !== 25) return;
      rmSync(checkpointPath(once.out!, "best"));
      gone = true;
    },
  });
  expect(gone).toBe(true);
  expect(results.testError.last).not.toBeNull();
  expect(results.testError.bestValidation).toBeNull();
});

test.each<[TrainInput, number[]]>([
  [{ epochs: 6 }, [6]],
  [{ epochs: 6, testEvery: 2 }, [2, 4, 6]],
  [{ epochs: 7, testEvery: 3 }, [3, 6, 7]],
  [{ epochs: 12, evalEvery: 3, testEvery: 1 }, [3, 6, 9, 12]],
  // The first evaluations after epochs 5, 10 and 15.
  [{ epochs: 20, evalEvery: 3, testEvery: 5 }, [6, 12, 15, 20]],
])("%j tests after the epochs %j", (changes, epochs) => {
  const settings = config({ evalEvery: 1, ...changes });
  const evaluated = Array.from({ length: settings.epochs }, (_, i) => i + 1).filter(
    (epoch) => epoch % settings.evalEvery === 0 || epoch === settings.epochs,
  );
  expect(evaluated.filter((epoch) => testIsDue(settings, epoch))).toEqual(epochs);
});
