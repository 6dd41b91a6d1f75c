/**
 * @file Lock of a folder, for one sweep at a time. A file lists the processes that work there. A new sweep waits for
 * runs that outlive a killed one.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { ConfigError } from "../errors.ts";

const lockSchema = z.object({ sweep: z.number(), runs: z.array(z.number()) });

/** Time limit for a run to save, and the interval between checks, in milliseconds. */
const PATIENCE = 60_000;
const LOOK_EVERY = 100;

export interface Lock {
  /** Adds the process of a run to the file. */
  add(pid: number): void;
  remove(pid: number): void;
  release(): void;
}

/** @throws ConfigError if another sweep works in the folder */
export async function lockFolder(folder: string, say: (line: string) => void): Promise<Lock> {
  const path = join(folder, "sweep.lock");
  mkdirSync(folder, { recursive: true });
  const before = read(path);
  if (before && before.sweep !== process.pid && isAlive(before.sweep)) {
    throw new ConfigError(
      `${folder}: expected no other sweep at work there, found process ${before.sweep}. Wait for it or stop it; if that is no sweep, delete ${path}`,
    );
  }
  await waitFor(before?.runs ?? [], path, say);
  const runs = new Set<number>();
  const write = (): void => writeFileSync(path, `${JSON.stringify({ sweep: process.pid, runs: [...runs] })}\n`);
  write();
  return {
    add(pid) {
      runs.add(pid);
      write();
    },
    remove(pid) {
      runs.delete(pid);
      write();
    },
    release: () => rmSync(path, { force: true }),
  };
}

function read(path: string): z.output<typeof lockSchema> | undefined {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined; // None, or one that was cut off while it was written: its sweep is gone.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function waitFor(pids: readonly number[], path: string, say: (line: string) => void): Promise<void> {
  const until = performance.now() + PATIENCE;
  let left = pids.filter(isAlive);
  if (left.length > 0) say(`Waiting for ${left.length} run${left.length === 1 ? "" : "s"} of a killed sweep to save.`);
  while (left.length > 0 && performance.now() < until) {
    await pause(LOOK_EVERY);
    left = left.filter(isAlive);
  }
  if (left.length > 0) {
    throw new ConfigError(
      `${path}: expected the runs of an earlier sweep to have ended, found process ${left.join(", ")}. Stop it; if that is no run, delete the file`,
    );
  }
}
