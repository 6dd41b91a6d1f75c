/** @file Ctrl-C: the first one asks the run to stop after its step, the second one ends the process. */

import type { Io } from "./io.ts";
import { EXIT } from "./errors.ts";

export interface Interruptible<T> {
  readonly value: T;
  /** Whether a signal came while it ran */
  readonly interrupted: boolean;
}

/** Runs something that honours an AbortSignal, and aborts it on SIGINT or SIGTERM. */
export async function withInterrupt<T>(io: Io, run: (signal: AbortSignal) => Promise<T>): Promise<Interruptible<T>> {
  const controller = new AbortController();
  const stop = io.onInterrupt(() => {
    if (controller.signal.aborted) return io.exitNow(EXIT.interrupted);
    io.err("Stopping after this step, then saving. Once more to stop at once.");
    controller.abort();
  });
  try {
    const value = await run(controller.signal);
    return { value, interrupted: controller.signal.aborted };
  } finally {
    stop();
  }
}
