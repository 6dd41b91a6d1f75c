/** @file The settings that methods share. A method declares those of its own in its own file. */

import { z } from "zod";
import { choice, count, grouped, rate, share, text, withFacts } from "../fields.ts";

const TEACHER = { group: "Teacher:", teacher: true } as const;

/** What is weighed, by what, and what a learner goes back through. */
export const weighingFields = grouped(TEACHER, {
  teacherEvery: count("K: student steps between teacher updates").default(20),
  window: count("B: how many of the last K steps the teacher's gradient goes back through").default(2),
  features: text(
    "What the teacher sees of an example: a sum of I0, I1, I2, I3, M0, M1 (the paper's), loss, trusted, bilinear, joint (ours)",
  ).default("I0+M0"),
  teacher: choice(["mlp-0", "mlp-1", "mlp-2"], "The teacher's hidden layers; mlp-0 is linear").default("mlp-0"),
  interaction: choice(
    ["cut", "cut-exact", "deep"],
    "Whether ∂w/∂θ is dropped (cut, the paper's default), kept in the teacher's gradient alone (cut-exact), or kept in the student's too (deep)",
  ).default("cut"),
  reversal: choice(
    ["float", "snapshot"],
    "Past parameters by reversing the steps in floating point (the paper's; for windows up to about 5 steps, as rounding grows with each), or kept in memory",
  ).default("float"),
});

/** How a teacher moves along its gradient. */
export const teacherStepFields = grouped(TEACHER, {
  teacherOptimizer: choice(["adam", "sgd", "nesterov"], "Teacher's optimiser").default("adam"),
  teacherLr: rate("Teacher's learning rate").default(1e-3),
  teacherWeightDecay: rate("Weight decay on the teacher's parameters").default(1e-4),
});

/** Trusted examples as examples to train on. */
export const trustedFields = grouped(
  { group: "Trusted examples:", trusted: true },
  {
    trainOnTrusted: withFacts(
      share(
        "Share of the trusted (clean) examples that enter training with their right labels, of each class; the others guide the teacher and validate. 1: all train and guide, none validates. trusted-only, mixed, fine-tune, glc and anchored have 1 by default",
      ).default(0),
      { since: { version: "0.2.0", value: 0 } },
    ),
    trustedCopies: withFacts(
      z
        .number()
        .positive()
        .describe(
          "How often such an example is drawn for each time that an untrusted one is; glc and anchored: 5 by default",
        )
        .default(10),
      { since: { version: "0.2.0", value: 10 } },
    ),
  },
);

/** The shared settings, complete. */
export type MethodOptions = Readonly<
  z.output<z.ZodObject<typeof weighingFields & typeof teacherStepFields & typeof trustedFields>>
>;

/** Settings that a method declares for itself. */
export type OwnFields = z.ZodRawShape;

/** All settings that a method reads. */
export type OptionsWith<Own extends OwnFields> = MethodOptions & {
  readonly [Key in keyof Own]: z.output<Own[Key]>;
};

/** Declares settings of one method. Their names are the command line's, in camel case, and begin with the method's. */
export const ownFields = <Own extends OwnFields>(fields: Own): Own => grouped({ group: "Other methods:" }, fields);
