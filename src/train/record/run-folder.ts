/** @file Folder of a run: run.json, metrics.jsonl, weights.csv and checkpoint/. */

import { appendFileSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConfigError } from "../../errors.ts";
import type { Progress } from "../progress.ts";
import type { TrainEvent } from "../events.ts";
import { flush, removeOrphans, writeAtomically } from "../checkpoint/atomic-write.ts";
import { VERSION } from "../../version.ts";
import { happened, missingText, readLines } from "./log.ts";
import type { WrittenRecord } from "./run-record.ts";

/** Versions of the software that affects the numbers. */
export function versions(): Record<string, string> {
  return { reweight: VERSION, node: process.version };
}

/**
 * Makes a folder and its parents one at a time, since `mkdirSync` with `recursive` never returns for a path under
 * /proc.
 */
export function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  mkdirSync(path);
  flush(dirname(path));
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

  /** Makes the folder, and removes what killed writers left in it. */
  create(): void {
    makeFolders(this.path);
    for (const folder of [this.path, join(this.path, "checkpoint")]) removeOrphans(folder);
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

  /** Brings the log and its name to the disk. @returns its length, in bytes */
  flush(): number {
    if (!existsSync(this.#metrics)) return 0;
    flush(this.#metrics);
    flush(this.path);
    return statSync(this.#metrics).size;
  }

  /**
   * Drops events after a checkpoint and truncated lines, so that a resumed run records each step once. The starts of
   * later sessions stay.
   * @param length of the log at the checkpoint, in bytes; undefined for one of 0.1.0
   * @returns what the log lacks of that, in a sentence; undefined if nothing
   */
  rewind(progress: Pick<Progress, "step" | "rehearsals">, length: number | undefined): string | undefined {
    const lines = readLines(this.#metrics);
    const stays = (event: TrainEvent, end: number): boolean =>
      length === undefined ? happened(event, progress) : end <= length || event.type === "start";
    const kept = lines.filter(({ event, end }) => event && stays(event, end));
    if (kept.length > 0) writeAtomically(this.#metrics, kept.map(({ text }) => `${text}\n`).join(""));
    else rmSync(this.#metrics, { force: true });
    return missingText(this.#metrics, lines, length ?? 0, progress);
  }

  get #metrics(): string {
    return join(this.path, "metrics.jsonl");
  }
}
