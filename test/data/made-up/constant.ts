/** @file Noise that makes every label the same class, as a new file beside the built-in models would describe it. */

import { pickLabels } from "../../../src/data/labels.ts";
import type { NoiseModel } from "../../../src/data/noise/noise.ts";
import { noisyLabels } from "../../../src/data/noise/noise.ts";

export const constant: NoiseModel = {
  name: "constant",
  form: "constant:CLASS",
  otherNames: { const: "constant" },
  parse: (argument) => ({
    text: `constant:${argument}`,
    fit: ({ train }) => ({
      corrupt: (indices) =>
        noisyLabels(
          pickLabels(train.labels, indices),
          indices,
          pickLabels(train.labels, indices).fill(Number(argument)),
        ),
    }),
  }),
};
