/**
 * @file Jobs of a sweep: child processes of this command line, `reweight train --json`, which print one event per line.
 */

import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import { trainSchema } from "../train/config.ts";
import type { TrainEvent } from "../train/events.ts";
import { mayChange } from "../train/setting-facts.ts";
import { settingsOf } from "../settings/settings.ts";
import type { PlannedRun } from "./expand.ts";
import type { PlanState } from "./state.ts";

const settings = settingsOf(trainSchema);

/**
 * Arguments of a job. A new run gets all its settings. A resumed run keeps its own, with the thread count, and gets
 * only the settings that may change, such as folders.
 */
export function trainArguments({ config, set, folder }: PlannedRun, state: PlanState, threads: number): string[] {
  const resumes = state !== "new";
  const start = resumes ? ["--resume", folder] : ["--out", folder];
  const given = set.filter((key) => key !== "out" && (!resumes || mayChange(key)));
  const typed = settings
    .filter(({ key }) => (given as readonly string[]).includes(key))
    .flatMap(({ key, name, kind }) => {
      const value: unknown = config[key as keyof typeof config];
      if (kind === "texts") return (value as readonly string[]).map((text) => `--${name}=${text}`);
      return kind === "flag" ? `--${value === true ? "" : "no-"}${name}` : `--${name}=${String(value)}`;
    });
  const own = resumes || set.includes("threads") ? [] : [`--threads=${threads}`];
  return ["train", ...start, ...typed, ...own, "--json"];
}

export interface Child {
  readonly pid: number | undefined;
  /** Exit code or name of the signal, and the last lines on standard error. */
  readonly ended: Promise<{ readonly code: number | string; readonly errors: string }>;
  /** Asks the process to save and end. */
  stop(): void;
}

/** Number of lines of standard error to keep. */
const KEPT = 20;

/**
 * Starts a run as a process of `program`, the main file of the command line. If this process dies, even by a kill, the
 * channel from `fork` closes; the child then saves and ends too.
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

/** Parses an event; undefined for a line that was truncated when the child was killed. */
function parseEvent(line: string): TrainEvent | undefined {
  try {
    return JSON.parse(line) as TrainEvent;
  } catch {
    return undefined;
  }
}

/** Does the work for each item in order, `width` at a time. After an abort it starts no further items. */
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
