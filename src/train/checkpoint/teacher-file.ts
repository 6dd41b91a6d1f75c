/**
 * @file Teacher file of a run: ω by name in safetensors, with the facts that another run must share to start from it.
 * It is written with each checkpoint. It is read by a path: a run's folder, the file itself, or a checkpoint in a run's
 * folder.
 */

import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { CheckpointError, ConfigError } from "../../errors.ts";
import type { TeacherSignature } from "../../methods/method.ts";
import { isCounter } from "../../methods/method.ts";
import type { Tensor } from "../../tensor.ts";
import { CHECKPOINT, checkpointOf } from "./checkpoint.ts";
import type { Format, SealedFile } from "./sealed-file.ts";
import { digest, readSealed, writeSealed } from "./sealed-file.ts";

const TEACHER: Format = {
  name: "reweight-teacher",
  keys: ["method", "student", "data", "options", "perClass", "classes", "step"],
  otherwise: "Name another file; a program that saves a teacher again must keep its metadata",
  damaged: "Name another one",
};

/** Facts of a teacher's training. */
const aboutSchema = z.object({
  method: z.string(),
  /** Settings that determine the arrays of ω and their meaning. */
  options: z.record(z.string(), z.unknown()),
  /** Whether arrays of ω depend on the classes. */
  perClass: z.boolean(),
  /** Class names, in the order of the labels. */
  classes: z.array(z.string()),
  student: z.string(),
  data: z.string(),
  /** Student steps before this state of ω. */
  step: z.number().int().min(0),
});

/** Facts that the file holds as JSON, since safetensors metadata is text. */
const JSON_KEYS = ["options", "perClass", "classes", "step"] as const;

export type AboutTeacher = z.infer<typeof aboutSchema>;

export interface SavedTeacher {
  /** Path as the caller gave it. */
  readonly path: string;
  /** ω by name: `W`, `E`, `b`. */
  readonly arrays: ReadonlyMap<string, Tensor>;
  readonly about: AboutTeacher;
  /** Hash of the arrays and their names, hex. */
  readonly sha256: string;
}

export const teacherPath = (folder: string): string => join(folder, "teacher.safetensors");

/** Prefix of ω's names in a checkpoint. */
const PREFIX = "omega.";

/** Arrays of the teacher in a checkpoint: `omega.W` is W. */
export function teacherArrays(tensors: ReadonlyMap<string, Tensor>, signature: TeacherSignature): Map<string, Tensor> {
  const own = [...tensors].filter(([name]) => name.startsWith(PREFIX));
  const named = own.map(([name, tensor]) => [name.slice(PREFIX.length), tensor] as const);
  return new Map(named.filter(([name]) => !isCounter(name, signature)));
}

/** Writes the teacher file into a run's folder, over an earlier one. Arrays stand in the order of their names. */
export function saveTeacher(folder: string, arrays: ReadonlyMap<string, Tensor>, about: AboutTeacher): void {
  const { method, student, data } = about;
  const json = Object.fromEntries(JSON_KEYS.map((key) => [key, JSON.stringify(about[key])]));
  const tensors = new Map([...arrays].sort(([a], [b]) => (a < b ? -1 : 1)));
  writeSealed(teacherPath(folder), TEACHER, { tensors, metadata: { method, student, data, ...json } });
}

/**
 * Reads a teacher.
 * @param path a run's folder (for its last teacher), a teacher.safetensors, or a file in a run's checkpoint/
 * @throws ConfigError if there is no teacher; CheckpointError if the file is damaged or not a teacher
 */
export function loadTeacher(path: string): SavedTeacher {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    throw new ConfigError(`--teacher-from: expected a run's folder or a teacher's file; ${path} does not exist`);
  const file = found.isDirectory() ? teacherPath(path) : path;
  if (!existsSync(file)) {
    throw new ConfigError(
      `--teacher-from: expected a run with a teacher; ${path} holds no teacher.safetensors. Only methods that learn one write it, once its rehearsals are over`,
    );
  }
  const contents = readSealed(file, TEACHER, CHECKPOINT);
  if (contents.format === CHECKPOINT) return { ...ofCheckpoint(file, contents), path };
  const { tensors, metadata, sha256 } = contents;
  return { path, arrays: tensors, about: aboutIn(metadata, file), sha256 };
}

function aboutIn(metadata: Readonly<Record<string, string>>, file: string): AboutTeacher {
  try {
    const parsed = (key: string): unknown => JSON.parse(metadata[key] ?? "null");
    const read = JSON_KEYS.map((key) => [key, parsed(key)] as const);
    return aboutSchema.parse({ ...metadata, ...Object.fromEntries(read) });
  } catch (cause) {
    throw new CheckpointError(`${file}: expected a teacher with its method, classes and options; the file is damaged`, {
      cause,
    });
  }
}

/** Takes ω from a checkpoint, and the facts from the run's teacher.safetensors. */
function ofCheckpoint(file: string, contents: SealedFile): SavedTeacher {
  const { tensors, progress } = checkpointOf(file, contents);
  const last = loadTeacher(dirname(dirname(file)));
  const arrays = new Map([...last.arrays.keys()].map((name) => [name, tensors.get(`${PREFIX}${name}`)] as const));
  const missing = [...arrays].find(([, tensor]) => !tensor);
  if (missing)
    throw new CheckpointError(`${file}: expected the array ${PREFIX}${missing[0]}, got none. Name another file`);
  const own = arrays as ReadonlyMap<string, Tensor>; // none is missing
  return { path: file, arrays: own, about: { ...last.about, step: progress.step }, sha256: digest(own) };
}
