/** @file Settings that choose a data set, split it and spoil it. */

import { normalNoise } from "../../data/noise/parse.ts";
import { count, flag, grouped, path, text, withFacts } from "../../fields.ts";
import { dataNames, isSet } from "../../tasks/kinds.ts";
import { COMMON, PLACE, seed, VALID } from "./common.ts";
import { pairSettings } from "./pairs.ts";

export const dataSettings = grouped(
  { group: "Data:" },
  {
    data: withFacts(
      path(
        `A path to data of your own, or a data set: of images (glyphs is drawn on the spot and needs no files), of texts (trec, hausa, yoruba), of sentence pairs (multi30k, iwslt14, pairs: your own parallel files)`,
      )
        .meta({ examples: dataNames })
        .default("glyphs"),
      {
        ...COMMON,
        hashes: ["dataset", "split", "noise"],
        stands: (value) => (isSet(value) ? value : "a path"),
      },
    ),
    dataDir: withFacts(path("Folder (or .tar.gz) with the data set's official files").optional(), {
      ...PLACE,
      ...COMMON,
    }),
    download: withFacts(
      flag("Fetch the official files into --data-dir when they are not there (checked by MD5)").default(false),
      { ...PLACE, ...COMMON },
    ),
    noise: withFacts(
      text(
        "Label noise: none, uniform:P, flip1:P, flip2:P (P in [0, 1]), given (of hausa and yoruba: their real one), of sentence pairs mask:PAIRS:WORDS or swap:PAIRS, or cifarn:aggre|random1|random2|random3|worse|noisy",
      ).default("none"),
      { ...COMMON, hashes: ["noise"], normal: normalNoise },
    ),
    noiseSeed: withFacts(
      seed("Seed of the label noise, to keep it while --seed varies; by default that of the run").optional(),
      { hashes: ["noise"], since: { version: "0.2.0", value: undefined } },
    ),
    cifarnDir: withFacts(path("Folder with CIFAR-N label files, for --noise cifarn:…").optional(), PLACE),
    valid: withFacts(
      count(
        "Clean validation examples, balanced over classes, taken out of training before noise is drawn; of a path, as many of its trusted examples (all by default). With 0, for methods that learn from none, the last student counts as the best",
        0,
      ).default(VALID),
      { ...COMMON, hashes: ["split", "noise"] },
    ),
    trainLimit: withFacts(count("Train on this many examples, drawn once from what is left").optional(), {
      hashes: ["noise"],
    }),
    testLimit: count("Test on this many examples").optional(),
    bpe: withFacts(
      count(
        "Of texts and sentence pairs: merges of byte-pair encoding, learnt from the training text; 0 keeps words whole",
        0,
      ).optional(),
      { of: ["texts", "sentence pairs"], hashes: ["dataset"], since: { version: "0.2.0", value: undefined } },
    ),
    ...pairSettings,
  },
);
