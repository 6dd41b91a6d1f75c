/** @file The `--noise` setting as text, `MODEL` or `MODEL:ARGUMENT`. */

import { ConfigError } from "../../errors.ts";
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
  const [name = "", ...rest] = text.trim().split(":");
  const model = noiseModels.find((model) => model.name === name);
  if (model !== undefined && rest.length <= 1) return model.parse(rest[0]);
  const meant = noiseModels.flatMap(({ otherNames = {} }) =>
    Object.hasOwn(otherNames, name) ? otherNames[name]! : [],
  );
  const hint = meant.length > 0 ? `. Did you mean ${meant.join(" or ")}?` : "";
  const forms = noiseModels.map(({ form }) => form);
  throw new ConfigError(`noise: expected ${forms.slice(0, -1).join(", ")} or ${forms.at(-1)}, got "${text}"${hint}`);
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
