/**
 * @file Progress of a run: everything in a checkpoint except the arrays. Random number generators have no state to
 * save, because each number depends on these counters alone.
 */

import { z } from "zod";

/**
 * Scores of one evaluation, after `step` steps: errors in [0, 1], losses in nats. Those of the test data are null where
 * they were not measured.
 */
const scoresSchema = z.object({
  validError: z.number(),
  validLoss: z.number(),
  testError: z.number().nullable(),
  testLoss: z.number().nullable(),
  step: z.number(),
});

export type Scores = z.infer<typeof scoresSchema>;

/** Progress of drawing batches: the only state that a selection keeps between steps. */
const drawsSchema = z.object({
  /** Batches drawn. */
  drawn: z.number().int().min(0),
  /** Selected examples that no step has used yet: [draw, row in the draw]. */
  waiting: z.array(z.tuple([z.number(), z.number()])),
});

export type DrawsProgress = z.infer<typeof drawsSchema>;

export const NOTHING_DRAWN: DrawsProgress = { drawn: 0, waiting: [] };

/** Progress of the rehearsals. */
const rehearsalsSchema = z.object({
  /** Finished rehearsals. */
  done: z.number().int().min(0),
  /** Student steps done in the current rehearsal. */
  step: z.number().int().min(0),
  /** Sum of the training loss over these steps. */
  lossSum: z.number(),
  /** Validation accuracies of the current rehearsal so far. */
  checks: z.array(z.object({ step: z.number(), accuracy: z.number() })),
  draws: drawsSchema,
});

export type RehearsalsProgress = z.infer<typeof rehearsalsSchema>;

export const NOT_REHEARSED: RehearsalsProgress = { done: 0, step: 0, lossSum: 0, checks: [], draws: NOTHING_DRAWN };

/** Progress of a run. */
export const progressSchema = z.object({
  /** Student steps done. */
  step: z.number().int().min(0),
  /** Teacher updates done. */
  updates: z.number().int().min(0),
  /** Sums over the current epoch so far. */
  epochLoss: z.number(),
  epochErrors: z.number(),
  epochExamples: z.number(),
  /** The best evaluation on validation so far. */
  best: scoresSchema.nullable(),
  /** The latest evaluation. */
  last: scoresSchema.nullable(),
  /** Steps done in the current window. */
  windowLength: z.number().int().min(0),
  /** Context of each step of the window: [progress, loss, accuracy]. */
  contexts: z.array(z.tuple([z.number(), z.number(), z.number()])).default([]),
  /** Sum of the training loss over all steps so far. */
  lossSum: z.number().default(0),
  draws: drawsSchema.default(NOTHING_DRAWN),
  rehearsals: rehearsalsSchema.default(NOT_REHEARSED),
  /** Duration of all sessions so far, in seconds. */
  wallSeconds: z.number().min(0),
});

export type Progress = z.infer<typeof progressSchema>;

export const NOT_BEGUN: Progress = {
  step: 0,
  updates: 0,
  epochLoss: 0,
  epochErrors: 0,
  epochExamples: 0,
  best: null,
  last: null,
  windowLength: 0,
  contexts: [],
  lossSum: 0,
  draws: NOTHING_DRAWN,
  rehearsals: NOT_REHEARSED,
  wallSeconds: 0,
};
