/** @file Waiting for the runs of a killed sweep, which outlive it until they have saved. */

import { setTimeout as pause } from "node:timers/promises";
import { workIn } from "../folder-lock.ts";
import { RUN_LOCK } from "../train/record/run-folder.ts";

/** Time for a run to save, and the interval between looks, in milliseconds. */
const PATIENCE = 60_000;
const LOOK_EVERY = 100;

/**
 * Waits until no process works in a run's folder, an abort, or a minute. A run that works on is then refused by the
 * lock of its folder.
 */
export async function waitForRun(folder: string, signal: AbortSignal, say: (line: string) => void): Promise<void> {
  const until = performance.now() + PATIENCE;
  let told = false;
  while (performance.now() < until && !signal.aborted) {
    const worker = await workIn(folder, RUN_LOCK);
    if (worker === undefined) return;
    if (!told) say(`Waiting for ${worker} in ${folder} to save.`);
    told = true;
    await pause(LOOK_EVERY);
  }
}
