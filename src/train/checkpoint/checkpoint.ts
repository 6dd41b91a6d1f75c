/**
 * @file Checkpoints: arrays, progress and identity of a run in one file. Of the window, only the parameters kept for
 * the reversal are stored; its batches are recomputed on resume. The checkpoint before the last is kept beside it.
 */

import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { CheckpointError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import type { Progress } from "../progress.ts";
import { progressSchema } from "../progress.ts";
import { flush } from "./atomic-write.ts";
import type { Identities, Identity } from "./identity.ts";
import { differences, identitySchema } from "./identity.ts";
import type { Format, SealedFile } from "./sealed-file.ts";
import { readSealed, writeSealed } from "./sealed-file.ts";

export const CHECKPOINT: Format = {
  name: "reweight-checkpoint",
  keys: ["identity", "progress", "log"],
  otherwise: "Start anew in another folder",
  damaged: "Restore it, or resume the run: it goes on from checkpoint/previous.safetensors if that is whole",
};

export interface Checkpoint {
  readonly progress: Progress;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Length of metrics.jsonl at the checkpoint, in bytes. Unknown for version 0.1.0. */
  readonly log?: number | undefined;
}

export type CheckpointName = "last" | "best";

export const checkpointPath = (folder: string, name: CheckpointName | "previous"): string =>
  join(folder, "checkpoint", `${name}.safetensors`);

/** What the metadata of a checkpoint say, each as JSON. */
const metadataSchema = z.object({
  identity: identitySchema,
  progress: progressSchema,
  log: z.number().int().min(0).optional(),
});

/** Writes a checkpoint. The one that `last` replaces becomes `previous`. */
export function saveCheckpoint(folder: string, name: CheckpointName, checkpoint: Checkpoint, identity: Identity): void {
  if (!existsSync(join(folder, "checkpoint"))) {
    mkdirSync(join(folder, "checkpoint"));
    flush(folder);
  }
  const { tensors, progress, log } = checkpoint;
  const metadata = {
    identity: JSON.stringify(identity),
    progress: JSON.stringify(progress),
    log: JSON.stringify(log),
  };
  const writing = name === "last" ? { keepAs: checkpointPath(folder, "previous") } : {};
  writeSealed(checkpointPath(folder, name), CHECKPOINT, { tensors, metadata }, writing);
}

/** A checkpoint that was read, and whose run it is of. */
export interface SavedCheckpoint extends Checkpoint {
  readonly identity: Identity;
}

/**
 * Reads a checkpoint file of any run.
 * @throws CheckpointError if it is truncated, damaged or of another format
 */
export const readCheckpoint = (path: string, format = CHECKPOINT): SavedCheckpoint =>
  checkpointOf(path, readSealed(path, format));

/** A checkpoint from a file. @throws CheckpointError for metadata that are none of a checkpoint */
export function checkpointOf(path: string, { metadata, tensors, format }: SealedFile): SavedCheckpoint {
  try {
    const known = format.keys.filter((key) => metadata[key] !== undefined);
    const said = known.map((key) => [key, JSON.parse(metadata[key]!) as unknown] as const);
    return { ...metadataSchema.parse(Object.fromEntries(said)), tensors };
  } catch (cause) {
    throw new CheckpointError(
      `${path}: expected a run's progress and identity in its metadata; the file is damaged. ${format.damaged}`,
      { cause },
    );
  }
}

/**
 * Reads a run's checkpoint.
 * @throws CheckpointError if it is missing, truncated, damaged, of another format, or of a run with other settings or
 * data
 */
export function loadCheckpoint(folder: string, name: CheckpointName, identities: Identities): Checkpoint {
  return ofRun(checkpointPath(folder, name), identities, readCheckpoint);
}

/** Which of a run's identities a checkpoint is of. */
export interface Which {
  readonly which: number;
}

function ofRun(path: string, identities: Identities, read: (path: string) => SavedCheckpoint): Checkpoint & Which {
  if (!existsSync(path))
    throw new CheckpointError(`${path}: expected a checkpoint, found none. Start the run without --resume`);
  const { identity: saved, ...checkpoint } = read(path);
  const which = identities.findIndex((identity) => differences(saved, identity).length === 0);
  if (which >= 0) return { ...checkpoint, which };
  throw new CheckpointError(
    `${path}: belongs to another run (${differences(saved, identities[0]).join("; ")}). Resume with the settings and the data that started it`,
  );
}

/** For a resume, which has tried the checkpoint before it. */
const LATEST: Format = { ...CHECKPOINT, damaged: "Restore it or start anew in another folder" };

/**
 * Reads the checkpoint that a run goes on from: the last or, if that is missing or damaged, the one before it, which
 * then takes the place of the last.
 * @returns the checkpoint, and what is to be told of a last one that was passed over
 * @throws CheckpointError if neither can be read, or if they belong to a run with other settings or data
 */
export function loadLatest(
  folder: string,
  identities: Identities,
): { checkpoint: Checkpoint & Which; remark?: string } {
  const [last, previous] = [checkpointPath(folder, "last"), checkpointPath(folder, "previous")];
  const read = (path: string): SavedCheckpoint => readCheckpoint(path, LATEST);
  const newest = wholeAt(last);
  if (newest || !existsSync(previous)) return { checkpoint: ofRun(last, identities, newest ? () => newest : read) };
  const checkpoint = ofRun(previous, identities, read);
  const why = existsSync(last) ? "is damaged" : "is missing";
  renameSync(previous, last);
  flush(dirname(last));
  const { step } = checkpoint.progress;
  return { checkpoint, remark: `${last} ${why}: the run goes on from the checkpoint before it, after step ${step}` };
}

/** The checkpoint in a file, of whichever run; undefined if it is missing or damaged. */
function wholeAt(path: string): SavedCheckpoint | undefined {
  try {
    return existsSync(path) ? readCheckpoint(path) : undefined;
  } catch (cause) {
    if (cause instanceof CheckpointError) return undefined;
    throw cause;
  }
}
