/** @file Folder of a run: run.json, metrics.jsonl, weights.csv and checkpoint/. */

import { stringify } from "csv-stringify/sync";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConfigError, DataError } from "../../errors.ts";
import type { FolderLock } from "../../folder-lock.ts";
import { lockFolder } from "../../folder-lock.ts";
import type { Progress } from "../progress.ts";
import type { TrainEvent } from "../events.ts";
import { flush, removeOrphans, writeAtomically } from "../checkpoint/atomic-write.ts";
import { VERSION } from "../../version.ts";
import { happened, missingText, readLines } from "./log.ts";
import type { WrittenRecord } from "./run-record.ts";
import { parseRecord } from "./run-record.ts";

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

/** Says where the run of a record diverged; empty if it did not, or if the record cannot be read. */
function divergedText(path: string): string {
  try {
    const { diverged } = parseRecord(readFileSync(path, "utf8"), path);
    return diverged ? `, which diverged after ${diverged.step} steps` : "";
  } catch (cause) {
    if (cause instanceof DataError) return "";
    throw cause;
  }
}

/** Identity of a folder on its disk; undefined if there is none. */
const inodeOf = (path: string): bigint | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;

/** Name of the lock of a run's folder. */
export const RUN_LOCK = "run.lock";

/** What to do with a run that the folder holds: nothing may be there, go on with it, or replace it. */
export type Intent = "new" | "resume" | "overwrite";

/** Everything that a run and its analysis write; of a folder that is written over, the rest stays. */
const WRITTEN = ["run.json", "metrics.jsonl", "weights.csv", "checkpoint", "teacher.safetensors", "analysis"];

export class RunFolder {
  readonly path: string;
  readonly #intent: Intent;
  #lock: FolderLock | undefined;
  #inode: bigint | undefined;

  /**
   * Checks the folder; writes nothing.
   * @throws ConfigError if the folder holds a run that is not to be resumed or replaced, or no run to resume
   */
  constructor(path: string, intent: Intent) {
    this.path = path;
    this.#intent = intent;
    this.#checkIntent();
  }

  /**
   * Makes the folder, or takes the one that is there, for this process alone. A run that is to be replaced goes now.
   * @returns the process of a killed run whose lock was taken over, if any
   * @throws ConfigError if another process works there
   */
  async open(): Promise<number | undefined> {
    makeFolders(this.path);
    this.#lock = await lockFolder(this.path, RUN_LOCK, "train");
    try {
      // Another process may have begun a run here while this one prepared its data.
      this.#checkIntent();
      for (const folder of [this.path, join(this.path, "checkpoint")]) removeOrphans(folder);
      if (this.#intent === "overwrite") {
        for (const name of WRITTEN) rmSync(join(this.path, name), { recursive: true, force: true });
      }
      this.#inode = inodeOf(this.path);
    } catch (cause) {
      this.close();
      throw cause;
    }
    return this.#lock.tookOverFrom;
  }

  close(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  /**
   * Checks that the folder is still the one that was opened, so that no part of it is made again elsewhere.
   * @throws DataError if it was moved, deleted or taken over
   */
  checkPresent(): void {
    const found = inodeOf(this.path);
    if (found !== undefined && found === this.#inode && this.#lock?.isHeld()) return;
    const what = found === undefined ? "no folder there" : "another folder, or another run in it";
    throw new DataError(
      `${this.path}: expected the folder of this run, found ${what}: it was moved or deleted while the run trained. ` +
        "Nothing more is written. Move it back and resume, or start anew",
    );
  }

  get name(): string {
    return basename(this.path);
  }

  writeRecord(record: WrittenRecord): void {
    this.checkPresent();
    writeAtomically(join(this.path, "run.json"), `${JSON.stringify(record, null, 2)}\n`);
  }

  writeWeights(csv: string): void {
    this.checkPresent();
    writeAtomically(join(this.path, "weights.csv"), csv);
  }

  /** Writes the translations of the test pairs, one a line. */
  writeTranslations(lines: readonly string[]): void {
    this.checkPresent();
    writeAtomically(join(this.path, "translations.test.txt"), lines.map((line) => `${line}\n`).join(""));
  }

  /** Examples that were left out, and why. */
  writeSkipped(skipped: readonly { readonly id: string; readonly reason: string }[]): void {
    this.checkPresent();
    const csv = stringify(
      skipped.map(({ id, reason }) => ({ id, reason })),
      { header: true, escape_formulas: true },
    );
    writeAtomically(join(this.path, "skipped.csv"), csv);
  }

  /** Appends an event as one line. The write is synchronous, so the line survives a crash of the process. */
  append(event: TrainEvent): void {
    this.checkPresent();
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

  #checkIntent(): void {
    const record = join(this.path, "run.json");
    const holdsRun = existsSync(record);
    if (this.#intent === "resume" && !holdsRun) {
      throw new ConfigError(`--resume: expected a run in ${this.path}, found no run.json there`);
    }
    if (this.#intent !== "new" || !holdsRun) return;
    throw new ConfigError(
      `--out: ${this.path} holds a run already${divergedText(record)}. Continue it with ` +
        `\`reweight train --resume ${this.path}\`, replace it with --overwrite, or choose another folder`,
    );
  }

  get #metrics(): string {
    return join(this.path, "metrics.jsonl");
  }
}
