/**
 * @file Checkpoints: all arrays of a run and its counters in one safetensors file, written atomically, with a hash. Random numbers need no
 * saving: they depend on counters alone. Batches of the window are made again; only parameters kept for the reversal are stored.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CheckpointError } from "../errors.ts";
import { decodeTensors, encodeTensors } from "../safetensors.ts";
import type { Tensor } from "../tensor.ts";
import { sameShape } from "../tensor.ts";
import { writeAtomically } from "./files.ts";

const VERSION = "1";

/** One evaluation: errors in [0, 1], losses in nats, after `step` steps. */
const scoresSchema = z.object({
  validError: z.number(),
  validLoss: z.number(),
  testError: z.number(),
  testLoss: z.number(),
  step: z.number(),
});

/** Where the drawing of batches stands: all that a selection leaves behind between steps. */
const drawsSchema = z.object({
  /** Batches drawn. */
  drawn: z.number().int().min(0),
  /** Examples kept that no step has used yet, by draw and row in it. */
  waiting: z.array(z.tuple([z.number(), z.number()])),
});

export type DrawsProgress = z.infer<typeof drawsSchema>;

export const NOTHING_DRAWN: DrawsProgress = { drawn: 0, waiting: [] };

/** Where the rehearsals stand. */
const rehearsalsSchema = z.object({
  /** Rehearsals that are over. */
  done: z.number().int().min(0),
  /** Student steps done of the one after them. */
  step: z.number().int().min(0),
  /** Its training loss summed over them. */
  lossSum: z.number(),
  /** Its validation accuracies so far. */
  checks: z.array(z.object({ step: z.number(), accuracy: z.number() })),
  draws: drawsSchema,
});

export type RehearsalsProgress = z.infer<typeof rehearsalsSchema>;

export const NOT_REHEARSED: RehearsalsProgress = { done: 0, step: 0, lossSum: 0, checks: [], draws: NOTHING_DRAWN };

/** What is not an array. */
const progressSchema = z.object({
  /** Student steps done. */
  step: z.number().int().min(0),
  /** Teacher updates done. */
  updates: z.number().int().min(0),
  /** Sums over the epoch so far. */
  epochLoss: z.number(),
  epochErrors: z.number(),
  epochExamples: z.number(),
  /** The best evaluation on validation so far. */
  best: scoresSchema.nullable(),
  /** The latest evaluation. */
  last: scoresSchema.nullable(),
  /** Steps of the current window that are done. */
  windowLength: z.number().int().min(0),
  /** Context of each step of the window: progress, loss, accuracy. */
  contexts: z.array(z.tuple([z.number(), z.number(), z.number()])).default([]),
  /** Training loss summed over all steps so far, and the steps. */
  lossSum: z.number().default(0),
  draws: drawsSchema.default(NOTHING_DRAWN),
  rehearsals: rehearsalsSchema.default(NOT_REHEARSED),
  /** Seconds spent in earlier sessions. */
  wallSeconds: z.number().min(0),
});

export type Progress = z.infer<typeof progressSchema>;

/** What a checkpoint belongs to: a run may continue only from one of its own. */
export interface Identity {
  readonly config: string;
  readonly dataset: string;
  readonly split: string;
  readonly noise: string;
  /** SHA-256 of the teacher that the run started from; absent when it started from none */
  readonly teacher?: string;
}

export interface Checkpoint {
  readonly progress: Progress;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export type CheckpointName = "last" | "best";

export const checkpointPath = (folder: string, name: CheckpointName): string =>
  join(folder, "checkpoint", `${name}.safetensors`);

/** SHA-256 of all arrays with their names. */
export function digest(tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash("sha256");
  for (const [name, { data }] of tensors) {
    hash.update(name).update(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

export function saveCheckpoint(folder: string, name: CheckpointName, checkpoint: Checkpoint, identity: Identity): void {
  mkdirSync(join(folder, "checkpoint"), { recursive: true });
  const metadata = {
    format: "reweight-checkpoint",
    version: VERSION,
    identity: JSON.stringify(identity),
    progress: JSON.stringify(checkpoint.progress),
    sha256: digest(checkpoint.tensors),
  };
  writeAtomically(checkpointPath(folder, name), encodeTensors({ tensors: checkpoint.tensors, metadata }));
}

/**
 * Reads a checkpoint file, of whatever run.
 * @throws CheckpointError when it is truncated, damaged or of another format
 */
export function readCheckpoint(path: string): Checkpoint & { readonly identity: Partial<Identity> } {
  const { tensors, metadata } = decodeTensors(readFileSync(path), path);
  if (metadata["format"] !== "reweight-checkpoint" || metadata["version"] !== VERSION) {
    const got = `${metadata["format"] ?? "no format"} ${metadata["version"] ?? ""}`.trim();
    throw new CheckpointError(
      `${path}: expected a reweight-checkpoint of version ${VERSION}, got ${got}. Start anew in another folder`,
    );
  }
  if (metadata["sha256"] !== digest(tensors)) {
    throw new CheckpointError(
      `${path}: its arrays do not match their SHA-256; the file is damaged. Restore it or start anew`,
    );
  }
  return {
    progress: progressSchema.parse(JSON.parse(metadata["progress"] ?? "{}")),
    tensors,
    identity: JSON.parse(metadata["identity"] ?? "{}") as Partial<Identity>,
  };
}

/**
 * Reads a run's checkpoint back.
 * @throws CheckpointError when it is missing, truncated, damaged, of another format, or of a run with other settings or data
 */
export function loadCheckpoint(folder: string, name: CheckpointName, identity: Identity): Checkpoint {
  const path = checkpointPath(folder, name);
  if (!existsSync(path))
    throw new CheckpointError(`${path}: expected a checkpoint, found none. Start the run without --resume`);
  const { progress, tensors, identity: saved } = readCheckpoint(path);
  for (const key of ["config", "dataset", "split", "noise", "teacher"] as const) {
    if (saved[key] !== identity[key]) {
      throw new CheckpointError(
        `${path}: belongs to a run with another ${key} (saved ${saved[key]}, now ${identity[key]}). Resume with the settings that started it`,
      );
    }
  }
  return { progress, tensors };
}

/** The arrays saved under `prefix`, in the order and shapes of `like`. */
export function arraysOf(
  tensors: ReadonlyMap<string, Tensor>,
  prefix: string,
  like: readonly [name: string, Tensor][],
): Tensor[] {
  return like.map(([name, { shape }]) => {
    const saved = tensors.get(`${prefix}.${name}`);
    if (!saved || !sameShape(saved.shape, shape)) {
      const got = saved ? `shape [${saved.shape.join(",")}]` : "nothing";
      throw new CheckpointError(`checkpoint: expected ${prefix}.${name} of shape [${shape.join(",")}], got ${got}`);
    }
    return saved;
  });
}
