/**
 * @file The student of another run, or of another program, to start from: θ and running statistics by name. It is read
 * by a path: a run's folder, a file in a run's checkpoint/, or a safetensors file of arrays alone.
 */

import { existsSync, statSync } from "node:fs";
import { CheckpointError, ConfigError } from "../../errors.ts";
import { decodeTensors } from "../../safetensors.ts";
import type { Tensor } from "../../tensor.ts";
import type { TrainConfig } from "../config.ts";
import { CHECKPOINT, checkpointPath, readCheckpoint } from "./checkpoint.ts";
import { withFile } from "./file-bytes.ts";
import { digest } from "./sealed-file.ts";

export interface SavedStudent {
  /** Path as the caller gave it. */
  readonly path: string;
  /** Under the names of checkpoints: `theta.stem.conv.weight`, `state.…`. Of other programs' files, without the prefix. */
  readonly arrays: ReadonlyMap<string, Tensor>;
  /** Hash of the arrays and their names, hex. */
  readonly sha256: string;
  /** SHA-256 of the dictionary that it reads texts by, where the file says so. */
  readonly vocabulary?: string | undefined;
  /** Student steps before it, where the file says so. */
  readonly step?: number | undefined;
}

/** Origin of a run's θ: `studentFrom` in run.json. */
export type StudentOrigin = Pick<SavedStudent, "path" | "sha256" | "step">;

export const studentOrigin = ({ path, sha256, step }: SavedStudent): StudentOrigin => ({ path, sha256, step });

/** Student to start from, if the settings name one. @throws ConfigError, CheckpointError if it cannot be read */
export const studentOf = ({ studentFrom }: Pick<TrainConfig, "studentFrom">): SavedStudent | undefined =>
  studentFrom === undefined ? undefined : loadStudent(studentFrom);

/**
 * Reads a student.
 * @param path a run's folder (for its best student on validation), a file in a run's checkpoint/, or a safetensors file
 * @throws ConfigError if there is none; CheckpointError if the file is damaged
 */
export function loadStudent(path: string): SavedStudent {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    throw new ConfigError(`--student-from: expected a run's folder or a file of arrays; ${path} does not exist`);
  const file = found.isDirectory() ? checkpointPath(path, "best") : path;
  if (!existsSync(file)) {
    throw new ConfigError(
      `--student-from: expected a run with a best student; ${path} holds no checkpoint/best.safetensors, which the first evaluation ` +
        "writes. Name another run, or a file in its checkpoint/",
    );
  }
  const { tensors, metadata } = withFile(file, (bytes) => decodeTensors(bytes, file));
  if (metadata["format"] !== CHECKPOINT.name) return { path, arrays: tensors, sha256: digest(tensors) };
  const { progress, identity } = readCheckpoint(file, { ...CHECKPOINT, damaged: "Name another one" });
  const arrays = new Map([...tensors].filter(([name]) => /^(theta|state)\./.test(name)));
  return { path, arrays, sha256: digest(arrays), step: progress.step, vocabulary: identity.vocabulary };
}

/**
 * The student that a resumed run started from, read again for what starts from it later.
 * @param origin by the run's record
 * @throws CheckpointError if it is another one now
 */
export function sameStudent(path: string, origin: Pick<StudentOrigin, "sha256"> | undefined): SavedStudent {
  const student = loadStudent(path);
  if (student.sha256 === origin?.sha256) return student;
  throw new CheckpointError(
    `--student-from: ${path} is not the student that the run started from, by its SHA-256, and its rehearsals start from that one. Restore it`,
  );
}
