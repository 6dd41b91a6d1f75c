/**
 * @file Whether the counters of a checkpoint can be those of a run. Version 0.1.0 has no seal over them, so a damaged
 * one may hold anything.
 */

import { CheckpointError } from "../../errors.ts";
import type { Progress } from "../progress.ts";
import type { RunParts } from "../setup.ts";

/** @throws CheckpointError for counters that a run of these settings never has */
export function refuseMisfit(
  { step, windowLength, draws, rehearsals }: Progress,
  { config, batches, trainer }: RunParts,
  planned: { readonly count: number; readonly steps: number } | undefined,
): void {
  const selects = trainer.problem.design.select !== undefined;
  const limits: readonly (readonly [what: string, got: number, most: number])[] = [
    ["student steps", step, config.epochs * batches.stepsPerPass],
    ["steps in the window", windowLength, trainer.learner?.timing.every ?? 0],
    ["finished rehearsals", rehearsals.done, planned?.count ?? 0],
    ["steps of a rehearsal", rehearsals.step, planned?.steps ?? 0],
    ["batches beside one for each step", selects ? 0 : Math.abs(draws.drawn - step), 0],
    ...draws.waiting.map(([draw, row]) => ["rows in a batch", row + 1, batches.rows(draw).length] as const),
    ...rehearsals.draws.waiting.map(([, row]) => ["rows in a batch", row + 1, config.batch] as const),
  ];
  const wrong = limits.find(([, got, most]) => got > most);
  if (!wrong) return;
  const [what, got, most] = wrong;
  throw new CheckpointError(
    `checkpoint/last.safetensors: expected at most ${most} ${what}, got ${got}; the file is damaged. Restore it or start anew`,
  );
}
