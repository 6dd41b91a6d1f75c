/** @file Settings of MentorNet. */

import type { z } from "zod";
import { choice, count, flag, share } from "../../fields.ts";
import { ownFields } from "../options.ts";

export const mentornetFields = ownFields({
  mentornetVariant: choice(
    ["pd", "dd"],
    "The curriculum of --method mentornet: predefined (pd), or learnt from validation examples with both labels (dd)",
  ).default("pd"),
  mentornetPercentile: share(
    "The share of a batch's losses that lie below what --method mentornet compares with",
  ).default(0.75),
  mentornetDropout: flag("Example dropout of --method mentornet: half of a batch at first, then a twentieth").default(
    true,
  ),
  mentornetFitSteps: count("Steps, of 32 examples, in which the mentor of --mentornet-variant dd learns").default(
    30_000,
  ),
});

export type MentornetOptions = Readonly<z.output<z.ZodObject<typeof mentornetFields>>>;
