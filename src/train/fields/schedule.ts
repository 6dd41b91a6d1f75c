/** @file Settings of the student's steps. */

import { z } from "zod";
import { choice, count, flag, grouped, rate, withFacts } from "../../fields.ts";
import { SCHEDULES } from "../../optim/schedules.ts";
import { STUDENT_OPTIMIZERS } from "../../optim/student-optimizers.ts";
import { COMMON } from "./common.ts";

/** A share of an average that a step keeps. */
const beta = (description: string, value: number) =>
  withFacts(z.number().min(0).lt(1).describe(description).default(value), { since: { version: "0.2.0", value } });

export const scheduleSettings = grouped(
  { group: "Schedule:" },
  {
    epochs: withFacts(count("Passes over the training examples", 1, 1_000_000).default(60), COMMON),
    batch: withFacts(count("Examples per student step", 2).default(128), COMMON),
    lr: withFacts(rate("Student learning rate η; 1e-3 by default with --optimizer adam").default(0.1), COMMON),
    schedule: withFacts(
      choice(
        SCHEDULES,
        "How η changes: steps: divided by 10 at --milestones; inverse-sqrt: with the root of the steps' number, from the end of --warmup on",
      ).default("steps"),
      { since: { version: "0.2.0", value: "steps" } },
    ),
    milestones: z
      .array(z.number().int().min(1))
      .describe("Epochs after which the learning rate is divided by 10; by default at 2/3 and 5/6 of the epochs")
      .optional(),
    warmup: withFacts(
      count("First student steps, over which η rises to --lr; none by default, 4000 with inverse-sqrt").optional(),
      { since: { version: "0.2.0", value: undefined } },
    ),
    optimizer: withFacts(
      choice(STUDENT_OPTIMIZERS, "Student's optimiser: momentum SGD, or Adam with decoupled weight decay").default(
        "momentum",
      ),
      { since: { version: "0.2.0", value: "momentum" } },
    ),
    momentum: z
      .number()
      .min(0)
      .lt(1)
      .describe("Student momentum μ; 0 only where no step is reversed by dividing by it")
      .default(0.9),
    adamBeta1: beta("Adam's β₁: what a step keeps of the mean gradient", 0.9),
    adamBeta2: beta("Adam's β₂: what a step keeps of the mean squared gradient", 0.98),
    adamEpsilon: withFacts(
      z
        .number()
        .positive()
        .describe("Adam's ε, added to the root of the mean squared gradient before its bias is corrected")
        .default(1e-8),
      { since: { version: "0.2.0", value: 1e-8 } },
    ),
    weightDecay: rate("Weight decay λ on every student parameter; 1e-4 by default with --optimizer adam").default(5e-4),
    dropLast: flag("Leave out the last, smaller batch of an epoch").default(false),
    augment: flag("Pad, crop and flip training images (--no-augment: leave them as they are)").default(true),
    padMode: withFacts(choice(["zero", "reflect"], "What surrounds an image before it is cropped").default("zero"), {
      of: ["images"],
    }),
  },
);
