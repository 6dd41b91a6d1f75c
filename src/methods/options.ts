/** @file The settings that methods read: their part of the schema of train/config.ts, and its type. */

import { z } from "zod";
import { choice, count, flag, rate, text } from "../fields.ts";

/** What is weighed, by what, and what a learner goes back through. */
export const weighingFields = {
  teacherEvery: count("K: student steps between teacher updates").default(20),
  window: count("B: how many of the last K steps the teacher's gradient goes back through").default(2),
  features: text(
    "What the teacher sees of an example: a sum of I0, I1, I2, I3, M0, M1 (the paper's), loss, bilinear, joint (ours)",
  ).default("I0+M0"),
  teacher: choice(["mlp-0", "mlp-1", "mlp-2"], "The teacher's hidden layers; mlp-0 is linear").default("mlp-0"),
  focalGamma: rate("γ of --method focal; the paper tried 0.5, 1 and 2").default(1),
  focalDetach: flag("Hold focal's factor constant in the gradient").default(false),
  mwnetVariant: choice(
    ["stable", "original"],
    "The published programs of --method mwnet: weights over N and Adam, or weights over their sum and Nesterov SGD",
  ).default("stable"),
  mentornetVariant: choice(
    ["pd", "dd"],
    "The curriculum of --method mentornet: predefined (pd), or learnt from validation examples with both labels (dd)",
  ).default("pd"),
  mentornetPercentile: z
    .number()
    .min(0)
    .max(1)
    .describe("The share of a batch's losses that lie below what --method mentornet compares with")
    .default(0.75),
  mentornetDropout: flag("Example dropout of --method mentornet: half of a batch at first, then a twentieth").default(
    true,
  ),
  mentornetFitSteps: count("Steps, of 32 examples, in which the mentor of --mentornet-variant dd learns").default(
    30_000,
  ),
  splVariant: choice(
    ["quantile", "rl4data"],
    "What --method spl keeps: a growing share of each batch, or a growing number of examples per class, collected to full batches",
  ).default("quantile"),
  l2tPolicy: choice(["mlp", "lr"], "The policy of --method l2t-data: 12 hidden units, or linear").default("mlp"),
  l2tEpisodes: count("Trainings from which the policy of --method l2t-data learns before the real one").default(8),
  l2tEpisodeShare: z
    .number()
    .gt(0)
    .max(1)
    .describe("Length of such a training, as a share of the run's student steps")
    .default(0.25),
  l2tChecks: count("How often validation accuracy is measured in such a training").default(20),
  l2tThreshold: z
    .number()
    .min(0)
    .max(1)
    .describe("Validation accuracy τ to be reached fast in such a training; 0: 0.9 of the first one's best")
    .default(0),
  l2tLossSlots: count("Slots of the memory that --method l2t-loss makes its loss from").default(5),
  l2tLossMix: z
    .number()
    .min(0)
    .max(1)
    .describe("Share of ordinary cross-entropy in the loss of --method l2t-loss")
    .default(0),
  transitionMemory: count(
    "Training examples that the counts of --method transition remember; 0: 400 for each class",
    0,
  ).default(0),
  interaction: choice(
    ["cut", "cut-exact", "deep"],
    "Whether ∂w/∂θ is dropped (cut, the paper's default), kept in the teacher's gradient alone (cut-exact), or kept in the student's too (deep)",
  ).default("cut"),
  reversal: choice(
    ["float", "snapshot"],
    "Past parameters by reversing the steps in floating point (the paper's), or kept in memory",
  ).default("float"),
} as const;

/** How a teacher moves along its gradient. */
export const teacherStepFields = {
  teacherOptimizer: choice(["adam", "sgd", "nesterov"], "Teacher's optimiser").default("adam"),
  teacherLr: rate("Teacher's learning rate").default(1e-3),
  teacherWeightDecay: rate("Weight decay on the teacher's parameters").default(1e-4),
} as const;

export type MethodOptions = Readonly<z.output<z.ZodObject<typeof weighingFields & typeof teacherStepFields>>>;
