/**
 * @file Checkpoints: arrays, progress and identity of a run in one file. Of the window, only the parameters kept for
 * the reversal are stored; its batches are recomputed on resume.
 */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../../errors.ts";
import { decodeTensors } from "../../safetensors.ts";
import type { Tensor } from "../../tensor.ts";
import type { Progress } from "../progress.ts";
import { progressSchema } from "../progress.ts";
import type { Identity } from "./identity.ts";
import { differences, readIdentity } from "./identity.ts";
import type { Format } from "./sealed-file.ts";
import { checkSeal, writeSealed } from "./sealed-file.ts";

export const CHECKPOINT: Format = {
  name: "reweight-checkpoint",
  otherwise: "Start anew in another folder",
  damaged: "Restore it or start anew",
};

export interface Checkpoint {
  readonly progress: Progress;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export type CheckpointName = "last" | "best";

export const checkpointPath = (folder: string, name: CheckpointName): string =>
  join(folder, "checkpoint", `${name}.safetensors`);

export function saveCheckpoint(folder: string, name: CheckpointName, checkpoint: Checkpoint, identity: Identity): void {
  mkdirSync(join(folder, "checkpoint"), { recursive: true });
  const { tensors, progress } = checkpoint;
  const metadata = { identity: JSON.stringify(identity), progress: JSON.stringify(progress) };
  writeSealed(checkpointPath(folder, name), CHECKPOINT, { tensors, metadata });
}

/**
 * Reads a checkpoint file of any run.
 * @throws CheckpointError if it is truncated, damaged or of another format
 */
export function readCheckpoint(path: string): Checkpoint & { readonly identity: Identity } {
  const file = decodeTensors(readFileSync(path), path);
  checkSeal(path, CHECKPOINT, file);
  const { tensors, metadata } = file;
  return {
    progress: progressSchema.parse(JSON.parse(metadata["progress"] ?? "{}")),
    tensors,
    identity: readIdentity(metadata["identity"] ?? "{}"),
  };
}

/**
 * Reads a run's checkpoint.
 * @throws CheckpointError if it is missing, truncated, damaged, of another format, or of a run with other settings or
 * data
 */
export function loadCheckpoint(folder: string, name: CheckpointName, identity: Identity): Checkpoint {
  const path = checkpointPath(folder, name);
  if (!existsSync(path))
    throw new CheckpointError(`${path}: expected a checkpoint, found none. Start the run without --resume`);
  const { progress, tensors, identity: saved } = readCheckpoint(path);
  const found = differences(saved, identity);
  if (found.length > 0) {
    throw new CheckpointError(
      `${path}: belongs to another run (${found.join("; ")}). Resume with the settings and the data that started it`,
    );
  }
  return { progress, tensors };
}
