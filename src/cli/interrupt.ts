/** @file Handling of Ctrl-C: the first one asks the run to stop after its step, the second one ends the process. */

import type { Io } from "./io.ts";
import { EXIT } from "./errors.ts";

export interface Interruptible<T> {
  readonly value: T;
  /** Whether a signal arrived during the work */
  readonly interrupted: boolean;
}

/**
 * Runs work that honours an AbortSignal, and aborts it on a signal (`Io.onInterrupt`).
 *
 * @param patience milliseconds after the first signal in which another one counts as the same, since npx and timeout(1)
 * forward a signal that the process has already received from the terminal
 */
export async function withInterrupt<T>(
  io: Io,
  run: (signal: AbortSignal) => Promise<T>,
  patience = 500,
): Promise<Interruptible<T>> {
  const controller = new AbortController();
  let first = 0;
  const stop = io.onInterrupt(() => {
    if (controller.signal.aborted) {
      if (performance.now() - first >= patience) io.exitNow(EXIT.interrupted);
      return;
    }
    first = performance.now();
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
