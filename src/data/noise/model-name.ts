/** @file Noise as text, `MODEL` or `MODEL:ARGUMENT:…`: its model, and its numbers. */

import { ConfigError } from "../../errors.ts";

export interface NamedModel {
  readonly name: string;
  /** As help and errors show it: `flip2:PROBABILITY`. */
  readonly form: string;
  /** Names of the same noise in other programs → the advice in an error, such as `flip2 (two targets)`. */
  readonly otherNames?: Readonly<Record<string, string>>;
}

/**
 * Finds the model that a text names.
 *
 * @param takes whether a model takes so many arguments
 * @throws ConfigError for another form, with the likely intended one
 */
export function modelCalled<Model extends NamedModel>(
  models: readonly Model[],
  text: string,
  takes: (model: Model, count: number) => boolean,
): { readonly model: Model; readonly args: readonly string[] } {
  const [name = "", ...args] = text.trim().split(":");
  const model = models.find((model) => model.name === name);
  if (model !== undefined && takes(model, args.length)) return { model, args };
  const meant = models.flatMap(({ otherNames = {} }) => (Object.hasOwn(otherNames, name) ? otherNames[name]! : []));
  const hint = meant.length > 0 ? `. Did you mean ${meant.join(" or ")}?` : "";
  const forms = models.map(({ form }) => form);
  throw new ConfigError(`noise: expected ${forms.slice(0, -1).join(", ")} or ${forms.at(-1)}, got "${text}"${hint}`);
}

/**
 * Reads one argument as a probability.
 *
 * @param parts the whole text at its colons; `parts[at]` is read
 * @throws ConfigError if it is none
 */
export function probabilityAt(parts: readonly string[], at: number): number {
  const text = parts[at]!;
  const p = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text) ? Number(text) : NaN;
  if (p >= 0 && p <= 1) return p;
  const hint = p > 1 && p <= 100 ? `. Did you mean ${parts.with(at, String(p / 100)).join(":")}?` : "";
  throw new ConfigError(`noise: expected a probability from 0 to 1 in "${parts.join(":")}"${hint}`);
}
