/** @file The `--noise` setting as text, `MODEL` or `MODEL:ARGUMENT`. */

import { ConfigError } from "../../errors.ts";
import { modelCalled } from "./model-name.ts";
import { noiseModels } from "./models.ts";
import type { NoiseSetting } from "./noise.ts";

/**
 * Reads a noise setting.
 *
 * @throws ConfigError if it has another form, with the likely intended one
 * @example parseNoise("flip2:0.4").text // "flip2:0.4"
 */
export function parseNoise(text: string): NoiseSetting {
  if (typeof text !== "string")
    throw new ConfigError(`noise: expected a text such as "flip2:0.4", got ${String(text)}`);
  const { model, args } = modelCalled(noiseModels, text, (_, count) => count <= 1);
  return model.parse(args[0]);
}

/** The one way to write a noise: `flip2:.4` is `flip2:0.4`. What is no noise stays as it is, for the check. */
export function normalNoise(value: unknown): unknown {
  try {
    return parseNoise(value as string).text;
  } catch (error) {
    if (error instanceof ConfigError) return value;
    throw error;
  }
}
