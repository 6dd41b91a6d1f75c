/** @file Real noise: the labels that a data set's examples were given before the right ones were found. */

import { ConfigError } from "../../errors.ts";
import { pickLabels } from "../labels.ts";
import type { NoiseModel } from "./noise.ts";
import { noisyLabels } from "./noise.ts";

/** They are not drawn, so they depend on neither the seed nor the stream. */
export const given: NoiseModel = {
  name: "given",
  form: "given",
  otherNames: { real: "given" },
  parse(argument) {
    if (argument !== undefined) throw new ConfigError(`noise: "given" takes no value, got "given:${argument}"`);
    return {
      text: "given",
      fit({ name, train }) {
        const labels = train.given;
        if (!labels) {
          throw new ConfigError(
            `noise: "given" needs a data set whose examples have given labels beside the right ones, such as hausa or yoruba; ${name} has none. Draw noise, for example with uniform:0.4`,
          );
        }
        return {
          corrupt: (indices) => noisyLabels(pickLabels(train.labels, indices), indices, pickLabels(labels, indices)),
        };
      },
    };
  },
};
