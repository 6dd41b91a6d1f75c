/**
 * @file Scores of a student on validation and test data, and when it is tested. Nothing in a run depends on the test
 * data, so the last student and the best are tested once, at the end, unless the run is to tell more.
 */

import { CheckpointError } from "../../errors.ts";
import { primaryOf } from "../../objectives/objective.ts";
import { FOR_USE, importArrays } from "../checkpoint/arrays.ts";
import type { TrainConfig } from "../config.ts";
import type { Progress, Scores } from "../progress.ts";
import type { RunParts } from "../setup.ts";
import { checkScore } from "../step/finite.ts";
import { evaluate } from "../step/evaluation.ts";
import { translatePart } from "../step/translation.ts";
import type { Saves } from "./saves.ts";

/**
 * Error in [0, 1] and mean loss in nats of the student as it is.
 * @throws DivergedError when the loss is not finite, so that no such score is the best
 */
export async function scoresOn({ config, task, batches, trainer }: RunParts, part: "valid" | "test") {
  const found = await evaluate(trainer, batches, part);
  checkScore(part, found.loss, config.lr);
  return { error: primaryOf(task.objective, found).value, loss: found.loss };
}

/** Told of translations of the test pairs. */
export type OnTranslated = (lines: readonly string[]) => void;

/** BLEU of the test pairs, in points; nothing where there are none. */
export async function testBleuOn(run: RunParts, onTranslated: OnTranslated): Promise<{ readonly testBleu?: number }> {
  const translated = await translatePart(run, "test");
  if (!translated) return {};
  onTranslated(translated.lines);
  return { testBleu: translated.bleu.bleu };
}

/** Whether the evaluation after an epoch tests: after the last one, and first after each `testEvery` epochs. */
export function testIsDue({ epochs, evalEvery, testEvery }: TrainConfig, epoch: number): boolean {
  if (epoch === epochs) return true;
  const tests = (until: number): number => (testEvery === 0 ? 0 : Math.floor(until / testEvery));
  return tests(epoch) > tests(epoch - evalEvery);
}

/**
 * The best scores of a finished run, tested. The best student comes from its checkpoint, and the last one is back
 * afterwards. The scores stay untested if there is no checkpoint, or one of another step.
 */
export async function testedBest(
  run: RunParts,
  saves: Saves,
  { best }: Progress,
  onTranslated: OnTranslated,
): Promise<Scores | null> {
  const lacksBleu = run.task.sentences !== undefined && best?.testBleu === undefined;
  if (best === null || (best.testError !== null && !lacksBleu) || run.task.parts.test.count === 0) return best;
  const saved = loadBest(saves);
  if (saved?.progress.step !== best.step) return best;
  const { trainer } = run;
  const last = trainer.arrays;
  try {
    importArrays(trainer, saved.tensors, FOR_USE);
    const { error, loss } = await scoresOn(run, "test");
    return { ...best, testError: error, testLoss: loss, ...(await testBleuOn(run, onTranslated)) };
  } finally {
    trainer.arrays = last;
  }
}

function loadBest(saves: Saves) {
  try {
    return saves.loadBest();
  } catch (error) {
    if (error instanceof CheckpointError) return undefined;
    throw error;
  }
}
