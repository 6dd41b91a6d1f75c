/** @file Settings of the student and of the method. */

import { z } from "zod";
import { choice, grouped, path, text, withFacts } from "../../fields.ts";
import { METHODS } from "../../methods/methods.ts";
import { COMMON, seed } from "./common.ts";
import { smoothingSettings } from "./pairs.ts";

export const studentSettings = grouped(
  { group: "Student and method:" },
  {
    student: withFacts(
      text(
        "Student: resnet8|14|20|32|44|56|110, wrn-D-K (such as wrn-28-10), mlp or cnn; of texts bag (the default), textcnn or text-transformer; of numbers mlp (the default) or linear; of sentence pairs transformer-tiny (the default), transformer-iwslt or transformer:d=…,ffn=…,heads=…,layers=…",
      ).default("resnet32"),
      COMMON,
    ),
    dropout: withFacts(
      z
        .number()
        .min(0)
        .lt(1)
        .describe(
          "Share of states that a training step leaves out, of students that do so (those of texts and sentence pairs); by default the student's own",
        )
        .optional(),
      { of: ["texts", "sentence pairs"], since: { version: "0.2.0", value: undefined } },
    ),
    ...smoothingSettings,
    studentFrom: withFacts(
      path(
        "Start the student from that of another run: its folder (best on validation), a file in its checkpoint/, or a .safetensors file",
      ).optional(),
      { role: "hash", since: { version: "0.2.0", value: undefined } },
    ),
    method: withFacts(
      choice(
        METHODS,
        "How examples are weighted; `reweight methods` tells of each. Without trusted examples (--valid 0) the default is uniform",
      ).default("anchored"),
      COMMON,
    ),
  },
);

export const seedSetting = grouped(
  { group: "Student and method:", ...COMMON },
  {
    seed: seed("Seed of everything random").default(1),
  },
);
