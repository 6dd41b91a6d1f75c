/**
 * @file Work with a limit of time, on this thread: for decoders of others, which damaged bytes may send round a loop of
 * 2^31 turns.
 */

import type { Context } from "node:vm";
import { createContext, Script } from "node:vm";

/** Work that took too long. */
export class TooLong extends Error {}

const script = new Script("work()");
const context: Context & { work?: () => void } = createContext({});

/**
 * Runs a function that does not wait for anything.
 * @throws TooLong after the given time; what the function throws
 */
export function withinTime<T>(milliseconds: number, work: () => T): T {
  let result: { readonly value: T } | undefined;
  context.work = () => void (result = { value: work() });
  try {
    script.runInContext(context, { timeout: milliseconds });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      throw new TooLong(`its decoding takes more than ${milliseconds} ms`, { cause: error });
    throw error;
  } finally {
    delete context.work;
  }
  return result!.value;
}
