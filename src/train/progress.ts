/** @file Where a run stands: all that a checkpoint holds besides arrays. Random numbers need no saving: they depend on these counters alone. */

import { z } from "zod";

/** One evaluation: errors in [0, 1], losses in nats, after `step` steps. */
const scoresSchema = z.object({
  validError: z.number(),
  validLoss: z.number(),
  testError: z.number(),
  testLoss: z.number(),
  step: z.number(),
});

export type Scores = z.infer<typeof scoresSchema>;

/** Where the drawing of batches stands: all that a selection leaves behind between steps. */
const drawsSchema = z.object({
  /** Batches drawn. */
  drawn: z.number().int().min(0),
  /** Examples kept that no step has used yet, by draw and row in it. */
  waiting: z.array(z.tuple([z.number(), z.number()])),
});

export type DrawsProgress = z.infer<typeof drawsSchema>;

export const NOTHING_DRAWN: DrawsProgress = { drawn: 0, waiting: [] };

/** Where the rehearsals stand. */
const rehearsalsSchema = z.object({
  /** Rehearsals that are over. */
  done: z.number().int().min(0),
  /** Student steps done of the one after them. */
  step: z.number().int().min(0),
  /** Its training loss summed over them. */
  lossSum: z.number(),
  /** Its validation accuracies so far. */
  checks: z.array(z.object({ step: z.number(), accuracy: z.number() })),
  draws: drawsSchema,
});

export type RehearsalsProgress = z.infer<typeof rehearsalsSchema>;

export const NOT_REHEARSED: RehearsalsProgress = { done: 0, step: 0, lossSum: 0, checks: [], draws: NOTHING_DRAWN };

/** Where a run stands. */
export const progressSchema = z.object({
  /** Student steps done. */
  step: z.number().int().min(0),
  /** Teacher updates done. */
  updates: z.number().int().min(0),
  /** Sums over the epoch so far. */
  epochLoss: z.number(),
  epochErrors: z.number(),
  epochExamples: z.number(),
  /** The best evaluation on validation so far. */
  best: scoresSchema.nullable(),
  /** The latest evaluation. */
  last: scoresSchema.nullable(),
  /** Steps of the current window that are done. */
  windowLength: z.number().int().min(0),
  /** Context of each step of the window: progress, loss, accuracy. */
  contexts: z.array(z.tuple([z.number(), z.number(), z.number()])).default([]),
  /** Training loss summed over all steps so far, and the steps. */
  lossSum: z.number().default(0),
  draws: drawsSchema.default(NOTHING_DRAWN),
  rehearsals: rehearsalsSchema.default(NOT_REHEARSED),
  /** Seconds spent in earlier sessions. */
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
