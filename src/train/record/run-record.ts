/** @file run.json, the record in a run's folder: its form, and the one way to read it. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { EngineIdentity } from "../../engines/engine.ts";
import { DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import { readTextFile, whyUnreadable } from "../../text-file.ts";
import type { DataHashes, Source } from "../../tasks/task.ts";
import { VERSION } from "../../version.ts";
import type { StudentOrigin } from "../checkpoint/student-file.ts";
import type { TeacherOrigin } from "../checkpoint/teacher-transfer.ts";
import type { TrainConfig } from "../config.ts";
import { trainFields } from "../config.ts";
import type { RunResults } from "../events.ts";
import type { Settings } from "../setting-facts.ts";
import { completed, unknownIn } from "../setting-facts.ts";

/** The format that this version writes, and the latest that it reads. */
const FORMAT = 1;

const number = z.number().nullable();

const resultsSchema = z.object({
  finished: z.boolean(),
  steps: z.number(),
  rehearsalSteps: z.number().optional(),
  draws: z.number().optional(),
  testError: z.object({ last: number, bestValidation: number }),
  testLoss: z.object({ last: number, bestValidation: number }).optional(),
  validError: z.object({ last: number, best: number }).optional(),
  bleu: z.object({ last: number, bestValidation: number }).optional(),
  noiseRate: number.optional(),
  knownLabels: z.number().optional(),
  teacherUpdates: z.number().optional(),
  largestDrift: number.optional(),
  weights: z.object({ auroc: number, averagePrecision: number.optional(), aurocLast: number.optional() }),
  losses: z.object({ auroc: number, averagePrecision: number }).optional(),
  rankedBy: z.enum(["weight", "loss"]).optional(),
  secondsPerStep: number,
  secondsPerTeacherUpdate: number.optional(),
  imagesPerSecond: number.optional(),
  wallSeconds: z.number(),
  peakRssBytes: z.number().optional(),
});

/** Results of a run, as far as they are read back. */
export type RecordedResults = z.output<typeof resultsSchema>;

const divergedSchema = z.object({ step: z.number(), message: z.string() });

/** Where and how a run diverged. */
export type Diverged = Readonly<z.output<typeof divergedSchema>>;

/** A resume with more epochs: those that the run was to have before. */
const lengtheningSchema = z.object({ from: z.number().int().min(1) });

export type Lengthening = Readonly<z.output<typeof lengtheningSchema>>;

/** The parts of a record that are read back. It may hold more. */
const recordSchema = z.looseObject({
  formatVersion: z.literal(FORMAT),
  name: z.string().optional(),
  config: trainFields,
  engine: z
    .looseObject({
      name: z.string(),
      version: z.string().optional(),
      precision: z.string().optional(),
      threads: z.number(),
    })
    .optional(),
  machine: z.looseObject({ cpu: z.string() }).optional(),
  versions: z.record(z.string(), z.unknown()).optional(),
  hashes: z.looseObject({ dataset: z.string(), split: z.string(), noise: z.string() }).optional(),
  /** Where ω came from; absent when it started from none. */
  teacherFrom: z
    .object({ path: z.string(), sha256: z.string(), student: z.string(), data: z.string(), step: z.number() })
    .optional(),
  /** Where θ came from; absent when it came from the seed. */
  studentFrom: z.object({ path: z.string(), sha256: z.string(), step: z.number().optional() }).optional(),
  startedAt: z.string().optional(),
  lengthened: z.array(lengtheningSchema).optional(),
  diverged: divergedSchema.optional(),
  results: resultsSchema.nullable(),
});

/** A record as it is written. */
export interface WrittenRecord {
  readonly formatVersion: typeof FORMAT;
  readonly name: string;
  readonly config: TrainConfig;
  readonly versions: Readonly<Record<string, string>>;
  readonly engine: EngineIdentity;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryBytes: number };
  readonly hashes: DataHashes;
  /** Facts about data of one's own. */
  readonly source?: Source;
  readonly student: { readonly name: string; readonly parameters: number };
  /** Where ω came from; absent when it started from none. */
  readonly teacherFrom?: TeacherOrigin;
  /** Where θ came from; absent when it came from the seed. */
  readonly studentFrom?: StudentOrigin;
  readonly startedAt: string;
  /** Resumes with more epochs, in order; absent if there was none. */
  readonly lengthened?: readonly Lengthening[];
  /** Present when the run diverged; then there are no results. */
  readonly diverged?: Diverged;
  readonly results: RunResults | null;
}

/** A record that was read. Settings that are younger than it have the value that stands for its version. */
export interface RunRecord extends z.output<typeof recordSchema> {
  /** As it was named. */
  readonly folder: string;
}

/** Resumes with more epochs so far, the one to `epochs` among them. @param record of the run, if it is a resume */
export function lengthsBefore(record: RunRecord | undefined, epochs: number): readonly Lengthening[] {
  if (!record) return [];
  const { lengthened = [], config } = record;
  return config.epochs === epochs ? lengthened : [...lengthened, { from: config.epochs }];
}

/**
 * Reads a run's record.
 * @throws DataError when the folder holds none, or one that is damaged, or one that a newer version wrote
 */
export function readRecord(folder: string): RunRecord {
  const path = join(folder, "run.json");
  if (!existsSync(path)) {
    throw new DataError(
      `${folder}: not the folder of a run: there is no ${path}. Runs lie in runs/ unless --out says otherwise`,
    );
  }
  return { ...parseRecord(readText(path), path), folder };
}

function readText(path: string): string {
  try {
    return readTextFile(path);
  } catch (cause) {
    throw new DataError(`${path}: ${whyUnreadable(cause)}`, { cause });
  }
}

/**
 * Reads a record's text.
 * @param path for messages
 * @throws DataError for text that is no record, and for a record that a newer version wrote
 */
export function parseRecord(text: string, path: string): z.output<typeof recordSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${path}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const record = typeof json === "object" && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
  refuseNewer(record, path);
  const parsed = recordSchema.safeParse({ ...record, config: recordedSettings(record, path) });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new DataError(`${path}: not a run record of format ${FORMAT}: ${issue.path.join(".")}: ${issue.message}`, {
    cause: parsed.error,
  });
}

/**
 * The settings in a record, with the values of those that it is too old to have.
 * @throws DataError for settings that this version does not know
 */
export function recordedSettings(record: Readonly<Record<string, unknown>>, path: string): Settings | undefined {
  const { config } = record;
  if (typeof config !== "object" || config === null) return undefined;
  const unknown = unknownIn(config as Settings);
  if (unknown.length === 0) return completed(config as Settings);
  throw new DataError(
    `${path}: has settings that reweight ${VERSION} does not know: ${firstOf(
      unknown.map((name) => shortened(name)),
      5,
    )}. Version ${writerOf(record)} wrote it; update reweight to read it`,
  );
}

/** The version that wrote a record. */
function writerOf({ versions }: Readonly<Record<string, unknown>>): string {
  const { reweight } = Object(versions) as { readonly reweight?: unknown };
  return typeof reweight === "string" ? shortened(reweight) : "unknown";
}

/** @throws DataError for a record of a later format, whatever else is in it */
function refuseNewer(record: Readonly<Record<string, unknown>>, path: string): void {
  const { formatVersion } = record;
  if (typeof formatVersion !== "number" || formatVersion <= FORMAT) return;
  throw new DataError(
    `${path}: has format ${formatVersion}, written by the newer version ${writerOf(record)} of reweight; this is ${VERSION}, which reads ` +
      `format ${FORMAT}. Update reweight to read it`,
  );
}
