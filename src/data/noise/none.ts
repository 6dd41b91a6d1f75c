/** @file No noise: every given label is the clean one. */

import { ConfigError } from "../../errors.ts";
import { fromMatrix, transitionMatrix } from "./drawn.ts";
import type { NoiseModel } from "./noise.ts";

export const none: NoiseModel = {
  name: "none",
  form: "none",
  parse(argument) {
    if (argument !== undefined) throw new ConfigError(`noise: "none" takes no value, got "none:${argument}"`);
    return fromMatrix("none", ({ classes }) => transitionMatrix(classes.length, 0, () => []));
  },
};
