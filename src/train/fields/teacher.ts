/** @file Settings of teachers that methods do not declare. */

import { choice, count, flag, grouped, path, withFacts } from "../../fields.ts";
import { VALID_BATCH } from "./common.ts";

export const transferSettings = grouped(
  { group: "Teacher:" },
  {
    teacherFrom: withFacts(
      path(
        "Start the teacher from that of another run: its folder, its teacher.safetensors, or a file in its checkpoint/",
      ).optional(),
      { role: "hash" },
    ),
    freezeTeacher: flag("Keep the teacher of --teacher-from as it is").optional(),
  },
);

export const metricSettings = grouped(
  { group: "Teacher:", teacher: true },
  {
    metric: choice(
      ["loglik", "accuracy"],
      "Validation metric that the teacher climbs: log-likelihood, or expected accuracy p(y)",
    ).default("loglik"),
    validBatch: count("Validation examples per teacher update, --valid if that is less").default(VALID_BATCH),
    validAugment: flag("Augment validation batches of teacher updates").default(false),
    validBn: choice(
      ["train", "eval"],
      "Batch norm in the teacher's validation pass: the batch's statistics, or the running ones",
    ).default("train"),
  },
);
