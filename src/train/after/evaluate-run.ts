/** @file Evaluation of the student of a finished or interrupted run, on validation and test data. */

import { primaryOf } from "../../objectives/objective.ts";
import type { CheckpointName } from "../checkpoint/checkpoint.ts";
import { evaluate } from "../step/evaluation.ts";
import { translatePart } from "../step/translation.ts";
import type { Places } from "./load-run.ts";
import { loadTrained } from "./load-run.ts";

export interface RunEvaluation {
  readonly checkpoint: CheckpointName;
  /** Student steps before the checkpoint. */
  readonly step: number;
  /** null without test examples */
  readonly testError: number | null;
  readonly testLoss: number | null;
  /** null without validation examples */
  readonly validError: number | null;
  readonly validLoss: number | null;
  /** Of the test pairs, in points; absent where nothing is translated. */
  readonly testBleu?: number;
  /** Counts of test examples by true class (row) and predicted class (column); of validation ones where none test. */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly string[];
  readonly examples: { readonly valid: number; readonly test: number };
  readonly seconds: number;
}

/** @throws DataError, CheckpointError if the folder holds no usable run */
export async function evaluateRun(
  folder: string,
  options: { readonly checkpoint?: CheckpointName; readonly places?: Places } = {},
): Promise<RunEvaluation> {
  const started = performance.now();
  const checkpoint = options.checkpoint ?? "last";
  const { config, trainer, batches, task, progress } = await loadTrained(folder, checkpoint, options.places);
  try {
    const valid = task.parts.valid.count > 0 ? await evaluate(trainer, batches, "valid") : undefined;
    const test = task.parts.test.count > 0 ? await evaluate(trainer, batches, "test") : undefined;
    const translated = await translatePart({ trainer, task, config }, "test");
    const { objective, parts } = task;
    return {
      checkpoint,
      step: progress.step,
      testError: test ? primaryOf(objective, test).value : null,
      testLoss: test?.loss ?? null,
      validError: valid ? primaryOf(objective, valid).value : null,
      validLoss: valid?.loss ?? null,
      ...(translated ? { testBleu: translated.bleu.bleu } : {}),
      confusion: (test ?? valid)?.confusion ?? [],
      classes: objective.classes ?? [],
      examples: { valid: parts.valid.count, test: parts.test.count },
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    task.close?.();
    await trainer.close();
  }
}
