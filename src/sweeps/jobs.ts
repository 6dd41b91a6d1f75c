/** @file Runs of a sweep as child processes of this same command line: `reweight train --json`, whose events come back line by line. */

import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import { trainSchema } from "../train/config.ts";
import type { TrainEvent } from "../train/events.ts";
import { mayChange } from "../train/setting-facts.ts";
import { settingsOf } from "../settings/settings.ts";
import type { PlannedRun } from "./expand.ts";
import type { PlanState } from "./state.ts";

const settings = settingsOf(trainSchema);

/** A new run gets all its settings; one that goes on keeps its own, threads among them, and gets what says where things lie. */
export function trainArguments({ config, set, folder }: PlannedRun, state: PlanState, threads: number): string[] {
  const resumes = state !== "new";
  const start = resumes ? ["--resume", folder] : ["--out", folder];
  const given = set.filter((key) => key !== "out" && (!resumes || mayChange(key)));
  const typed = settings
    .filter(({ key }) => (given as readonly string[]).includes(key))
    .map(({ key, name, kind }) => {
      const value: unknown = config[key as keyof typeof config];
      return kind === "flag" ? `--${value === true ? "" : "no-"}${name}` : `--${name}=${String(value)}`;
    });
  const own = resumes || set.includes("threads") ? [] : [`--threads=${threads}`];
  return ["train", ...start, ...typed, ...own, "--json"];
}

export interface Child {
  readonly pid: number | undefined;
  /** Exit code, or the signal's name, and the end of what it said on standard error. */
  readonly ended: Promise<{ readonly code: number | string; readonly errors: string }>;
  /** Asks it to save and end. */
  stop(): void;
}

/** Lines of standard error that are kept. */
const KEPT = 20;

/**
 * Starts a run as a process of `program`, the command line's main file. The channel that `fork` opens tells the child when this process is gone, even if it was killed: then it saves and ends too.
 */
export function startChild(program: string, args: readonly string[], onEvent: (event: TrainEvent) => void): Child {
  const child = fork(program, args, { silent: true });
  const errors: string[] = [];
  createInterface({ input: child.stdout! }).on("line", (line) => {
    const event = parseEvent(line);
    if (event) onEvent(event);
  });
  createInterface({ input: child.stderr! }).on("line", (line) => {
    errors.push(line);
    if (errors.length > KEPT) errors.shift();
  });
  return {
    pid: child.pid,
    ended: new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code: code ?? signal ?? "?", errors: errors.join("\n") }));
    }),
    stop: () => void child.kill("SIGINT"),
  };
}

/** Undefined for a line that was cut off when the child was killed. */
function parseEvent(line: string): TrainEvent | undefined {
  try {
    return JSON.parse(line) as TrainEvent;
  } catch {
    return undefined;
  }
}

/** Does the work for each item, `width` at a time, in order, until the signal says to begin no more. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    while (queue.length > 0 && !signal.aborted) await work(queue.shift()!);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
