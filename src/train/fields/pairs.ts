/** @file Settings that only sentence pairs have. */

import { z } from "zod";
import { choice, count, path, withFacts } from "../../fields.ts";
import { PLACE } from "./common.ts";

/** Adds to each setting that only sentence pairs have it. */
function ofPairs<Fields extends z.ZodRawShape>(fields: Fields): Fields {
  for (const schema of Object.values(fields)) withFacts(schema as z.ZodType, { of: ["sentence pairs"] });
  return fields;
}

/** How pairs become batches. */
export const pairSettings = ofPairs({
  bpeCodes: withFacts(
    path("Of sentence pairs: file of merges to apply (subword-nmt, version 0.2), in place of --bpe").optional(),
    {
      ...PLACE,
      hashes: ["dataset"],
    },
  ),
  maxLength: withFacts(
    count("Of sentence pairs: pieces of a side, `</s>` among them, above which a pair is not trained on", 2).default(
      100,
    ),
    { hashes: ["noise"], since: { version: "0.2.0", value: 100 } },
  ),
  tokens: withFacts(count("Of sentence pairs: places of either side of a batch, padding among them").default(2048), {
    since: { version: "0.2.0", value: 2048 },
  }),
  buckets: withFacts(
    count("Of sentence pairs: how many shapes batches have; more pad less, and compile longer").default(8),
    {
      since: { version: "0.2.0", value: 8 },
    },
  ),
});

/** What a batch of pairs costs. */
export const smoothingSettings = ofPairs({
  labelSmoothing: withFacts(
    z
      .number()
      .min(0)
      .lt(1)
      .describe("Of sentence pairs: ε, the share of a token's label that goes to other tokens; 0.1 by default")
      .default(0),
    { since: { version: "0.2.0", value: 0 } },
  ),
  smoothedOver: withFacts(
    choice(
      ["all", "others"],
      "Which tokens get ε: all of them, as in fairseq until February 2021, or the others alone, as since then",
    ).default("all"),
    { since: { version: "0.2.0", value: "all" } },
  ),
  loss: withFacts(
    choice(
      ["token", "sentence"],
      "Of sentence pairs: whether each target token counts the same in a batch's loss, or each pair",
    ).default("token"),
    { since: { version: "0.2.0", value: "token" } },
  ),
});

/** How sentences are translated and scored. */
export const translationSettings = ofPairs({
  bleuEvery: withFacts(
    count(
      "Of sentence pairs: epochs between BLEUs of the validation pairs, each with an evaluation; 0: only that of the test pairs, at the end",
      0,
    ).default(0),
    { role: "place", since: { version: "0.2.0", value: 0 } },
  ),
  beam: withFacts(count("Of sentence pairs: sequences that beam search follows at a time; 1 is greedy").default(5), {
    since: { version: "0.2.0", value: 5 },
  }),
  lenpen: withFacts(
    z
      .number()
      .describe("Of sentence pairs: p, where beam search divides Σ ln p by the number of tokens to the power p")
      .default(1),
    { since: { version: "0.2.0", value: 1 } },
  ),
});
