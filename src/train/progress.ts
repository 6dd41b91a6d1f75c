/**
 * @file Progress of a run: everything in a checkpoint except the arrays. Random number generators have no state to
 * save, because each number depends on these counters alone.
 */

import { z } from "zod";

const count = z.number().int().min(0);

/**
 * Scores of one evaluation, after `step` steps: errors in [0, 1], losses in nats. Those of the test data are null where
 * they were not measured.
 */
const scoresSchema = z.object({
  /** null without validation examples */
  validError: z.number().nullable(),
  validLoss: z.number().nullable(),
  testError: z.number().nullable(),
  testLoss: z.number().nullable(),
  /** In points; absent where it was not measured. */
  testBleu: z.number().optional(),
  step: count,
});

export type Scores = z.infer<typeof scoresSchema>;

/** Progress of drawing batches: the only state that a selection keeps between steps. */
const drawsSchema = z.object({
  /** Batches drawn. */
  drawn: count,
  /** Selected examples that no step has used yet: [draw, row in the draw]. */
  waiting: z.array(z.tuple([count, count])),
});

export type DrawsProgress = z.infer<typeof drawsSchema>;

export const NOTHING_DRAWN: DrawsProgress = { drawn: 0, waiting: [] };

/** Progress of the rehearsals. */
const rehearsalsSchema = z.object({
  /** Finished rehearsals. */
  done: count,
  /** Student steps done in the current rehearsal. */
  step: count,
  /** Sum of the training loss over these steps. */
  lossSum: z.number(),
  /** Validation accuracies of the current rehearsal so far. */
  checks: z.array(z.object({ step: count, accuracy: z.number() })),
  draws: drawsSchema,
});

export type RehearsalsProgress = z.infer<typeof rehearsalsSchema>;

export const NOT_REHEARSED: RehearsalsProgress = { done: 0, step: 0, lossSum: 0, checks: [], draws: NOTHING_DRAWN };

/** Progress of a run. */
const countersSchema = z.object({
  /** Student steps done. */
  step: count,
  /** Teacher updates done. */
  updates: count,
  /** Sums over the current epoch so far. */
  epochLoss: z.number(),
  epochErrors: z.number(),
  epochExamples: count,
  /** The best evaluation on validation so far. */
  best: scoresSchema.nullable(),
  /** The latest evaluation. */
  last: scoresSchema.nullable(),
  /** Steps done in the current window. */
  windowLength: count,
  /** Context of each step of the window: [progress, loss, accuracy]. */
  contexts: z.array(z.tuple([z.number(), z.number(), z.number()])).default([]),
  /** Sum of the training loss over all steps so far. */
  lossSum: z.number().default(0),
  /** Largest drift of a reversal so far; null where none was measured. */
  largestDrift: z.number().nullable().default(null),
  /** Whether windows keep the parameters of each step, since reversing them has drifted too far. */
  snapshots: z.boolean().default(false),
  /** Steps in a row whose weights left almost no example. */
  collapsed: z.number().int().min(0).default(0),
  draws: drawsSchema.default(NOTHING_DRAWN),
  rehearsals: rehearsalsSchema.default(NOT_REHEARSED),
  /** Duration of all sessions so far, in seconds. */
  wallSeconds: z.number().min(0),
});

/** Progress as a checkpoint has it: counters that cannot belong to one run are refused. */
export const progressSchema = countersSchema.refine(
  ({ step, best, last, windowLength, contexts, draws, rehearsals }) =>
    windowLength <= step &&
    contexts.length <= windowLength &&
    [best, last].every((scores) => (scores?.step ?? 0) <= step) &&
    [draws, rehearsals.draws].every(({ drawn, waiting }) => waiting.every(([draw]) => draw < drawn)),
  "counters that contradict each other",
);

export type Progress = z.infer<typeof countersSchema>;

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
  largestDrift: null,
  snapshots: false,
  collapsed: 0,
  draws: NOTHING_DRAWN,
  rehearsals: NOT_REHEARSED,
  wallSeconds: 0,
};
