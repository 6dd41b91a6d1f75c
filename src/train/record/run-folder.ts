/** @file Folder of a run: run.json, metrics.jsonl, weights.csv and checkpoint/. */

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConfigError } from "../../errors.ts";
import type { Progress } from "../progress.ts";
import type { TrainEvent } from "../events.ts";
import { writeAtomically } from "../checkpoint/atomic-write.ts";
import { VERSION } from "../../version.ts";
import type { WrittenRecord } from "./run-record.ts";

/** Versions of the software that affects the numbers. */
export function versions(): Record<string, string> {
  return { reweight: VERSION, node: process.version };
}

/** Events in a run's metrics.jsonl, in order and without truncated lines. Empty if there is no such file. */
export function readEvents(folder: string): TrainEvent[] {
  const path = join(folder, "metrics.jsonl");
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as TrainEvent];
      } catch {
        return [];
      }
    });
}

/**
 * Makes a folder and its parents one at a time, since `mkdirSync` with `recursive` never returns for a path under
 * /proc.
 */
export function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  mkdirSync(path);
}

/** Whether an event happened before a checkpoint. */
function happened(event: TrainEvent, { step, rehearsals }: Pick<Progress, "step" | "rehearsals">): boolean {
  const { done } = rehearsals;
  if (event.type === "start") return true;
  if (event.type === "done") return false;
  if (event.type === "rehearsed") return event.rehearsal <= done;
  if (event.type !== "rehearsal") return event.step <= step;
  return event.rehearsal <= done || (event.rehearsal === done + 1 && event.step <= rehearsals.step);
}

export class RunFolder {
  readonly path: string;

  /**
   * Checks the folder; writes nothing.
   * @throws ConfigError if the folder holds a run that is not to be resumed, or no run to resume
   */
  constructor(path: string, resume: boolean) {
    this.path = path;
    const holdsRun = existsSync(join(path, "run.json"));
    if (!resume && holdsRun) {
      throw new ConfigError(
        `--out: ${path} holds a run already. Continue it with \`reweight train --resume ${path}\`, or choose another folder`,
      );
    }
    if (resume && !holdsRun) throw new ConfigError(`--resume: expected a run in ${path}, found no run.json there`);
  }

  create(): void {
    makeFolders(this.path);
  }

  get name(): string {
    return basename(this.path);
  }

  writeRecord(record: WrittenRecord): void {
    writeAtomically(join(this.path, "run.json"), `${JSON.stringify(record, null, 2)}\n`);
  }

  writeWeights(csv: string): void {
    writeAtomically(join(this.path, "weights.csv"), csv);
  }

  /** Appends an event as one line. The write is synchronous, so the line survives a crash of the process. */
  append(event: TrainEvent): void {
    appendFileSync(this.#metrics, `${JSON.stringify(event)}\n`);
  }

  /** Drops events after a checkpoint and truncated lines, so that a resumed run records each step once. */
  rewind(progress: Pick<Progress, "step" | "rehearsals">): void {
    if (!existsSync(this.#metrics)) return;
    const kept = readFileSync(this.#metrics, "utf8")
      .split("\n")
      .filter((line) => {
        try {
          return happened(JSON.parse(line) as TrainEvent, progress);
        } catch {
          return false;
        }
      });
    if (kept.length === 0) rmSync(this.#metrics);
    else writeAtomically(this.#metrics, `${kept.join("\n")}\n`);
  }

  get #metrics(): string {
    return join(this.path, "metrics.jsonl");
  }
}
