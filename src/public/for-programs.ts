/**
 * @file Errors in a program's own words. Inside, an error names a setting as the command line does,
 * `--valid-batch`; to who calls a function it is `validBatch`. The library's doors translate, so that the
 * inside has one name for a setting.
 */

import { ReweightError } from "../errors.ts";
import { camel } from "../settings/settings.ts";

/**
 * Arguments that a function names otherwise than the command line names its options, by their names in camel
 * case.
 */
export type Renamed = Readonly<Record<string, string>>;

/** Options outside of quotations: what stands in `…` is a command to type, in "…" what was found. */
const OPTION = /`[^`]*`|"[^"]*"|(?<![\w-])--(no-)?([a-z][\w-]*\w)/gi;

/**
 * A message with arguments in place of options.
 * @example inProgramTerms("--no-augment needs --valid-batch 50") // "augment: false needs validBatch 50"
 */
export function inProgramTerms(message: string, renamed: Renamed = {}): string {
  return message.replace(OPTION, (all, no: string | undefined, option: string | undefined) => {
    if (option === undefined) return all;
    const key = camel(option);
    return `${renamed[key] ?? key}${no === undefined ? "" : ": false"}`;
  });
}

function translated(error: unknown, renamed: Renamed): unknown {
  if (!(error instanceof ReweightError)) return error;
  const { message, stack } = error;
  error.message = inProgramTerms(message, renamed);
  // Node prints the stack of an error that nobody catches, and the stack begins with the message.
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  return error;
}

/** A result, or the promise of one, whose errors are translated. */
function named<R>(compute: () => R, renamed: Renamed): R {
  try {
    const result = compute();
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw translated(error, renamed);
    }) as R;
  } catch (error) {
    throw translated(error, renamed);
  }
}

type Callable = ((...args: never[]) => unknown) | (new (...args: never[]) => unknown);

/** The same function or class, whose errors, when it is called, name a program's arguments. */
export function forPrograms<F extends Callable>(f: F, renamed: Renamed = {}): F {
  return new Proxy(f, {
    apply: (target, self, args: unknown[]) =>
      named(() => Reflect.apply(target as (...args: unknown[]) => unknown, self, args), renamed),
    construct: (target, args: unknown[], made) =>
      named(() => Reflect.construct(target as new (...args: unknown[]) => object, args, made) as object, renamed),
  });
}
