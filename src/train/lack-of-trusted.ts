/** @file What to do where a method needs trusted examples and there are none. */

import { ConfigError } from "../errors.ts";
import type { TrainConfig } from "./config.ts";

/** @param reason who needs them: `--method deep learns from them` @param remedy where the data are a built-in set */
export function lackOfTrusted(
  { inputs, data }: Pick<TrainConfig, "inputs" | "data">,
  reason: string,
  remedy = "",
): ConfigError {
  if (inputs === undefined) return new ConfigError(`--valid: expected clean examples, since ${reason}; got 0${remedy}`);
  return new ConfigError(
    `--trusted: expected trusted examples, since ${reason}; ${data} has none. Give them in a folder called trusted, in a ` +
      "column trusted or right_label, or by --trusted FILE with an id a line; --method uniform needs none",
  );
}
