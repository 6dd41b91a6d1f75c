/** @file Classes that no clean example has: a teacher learns nothing of them, and some methods cannot do without. */

import { ConfigError } from "../errors.ts";
import type { Method } from "../methods/method.ts";
import type { MethodOptions } from "../methods/options.ts";
import type { Task } from "../tasks/task.ts";
import { guidesOf } from "../tasks/task.ts";

/** Classes whose counts are listed; of more, those without an example alone. */
const LISTED = 20;

/**
 * What the clean examples lack, in words; undefined if each class has one, or there are no classes.
 * @param part those that matter: by default the ones that guide
 */
export function missingClassesText(
  { objective, parts }: Pick<Task, "objective" | "parts">,
  part = guidesOf(parts),
): string | undefined {
  const { perClass = [], count } = part;
  const names = objective.classes ?? [];
  const missing = names.filter((_, k) => perClass[k] === 0);
  // Without any clean example, the lack of them is told instead.
  if (missing.length === 0 || count === 0) return undefined;
  const counts = names.length <= LISTED ? ` (${names.map((name, k) => `${name} ${perClass[k]}`).join(", ")})` : "";
  const shown = missing.slice(0, LISTED).join(", ") + (missing.length > LISTED ? ", …" : "");
  const trained = part === parts.trusted && parts.valid.count > 0;
  const which = trained ? " that are trained on" : "";
  return `none of the ${count} clean examples${which} is of class ${shown}${counts}. Raise --valid${trained ? " or --train-on-trusted" : ""}`;
}

/** @throws ConfigError for a method that needs a clean example of each class, where a class has none */
export function checkCleanClasses(
  method: Method,
  task: Pick<Task, "objective" | "parts">,
  options: MethodOptions,
): void {
  if (!method.needs?.(options).includes("every class")) return;
  const text = missingClassesText(task, method.trusted === "always" ? task.parts.trusted : undefined);
  if (text !== undefined)
    throw new ConfigError(`--method ${method.name}: expected a clean example of each class; ${text}`);
}
