/** @file Reading `run.json`, the record in a run's folder. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../errors.ts";

const share = z.number().nullable();

/** The parts of a record that the command line reads; a record may hold more. */
const recordSchema = z.looseObject({
  formatVersion: z.literal(1),
  config: z.record(z.string(), z.unknown()),
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
  results: z
    .looseObject({
      finished: z.boolean(),
      steps: z.number(),
      rehearsalSteps: z.number().optional(),
      testError: z.looseObject({ last: share, bestValidation: share }),
      validError: z.looseObject({ last: share, best: share }).optional(),
      weights: z.looseObject({ auroc: share }),
      secondsPerStep: share,
      secondsPerTeacherUpdate: share.optional(),
      wallSeconds: z.number(),
    })
    .nullable(),
});

export interface RunRecord extends z.output<typeof recordSchema> {
  readonly folder: string;
}

/**
 * Reads a run's record.
 * @throws DataError when the folder holds none, or one of another format
 */
export async function readRun(folder: string): Promise<RunRecord> {
  const file = join(folder, "run.json");
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") throw cause;
    throw new DataError(
      `${folder}: not the folder of a run: there is no ${file}. Runs lie in runs/ unless --out says otherwise`,
      { cause },
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${file}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return { folder, ...parsed.data };
  const issue = parsed.error.issues[0]!;
  throw new DataError(`${file}: not a run record of format 1: ${issue.path.join(".")}: ${issue.message}`, {
    cause: parsed.error,
  });
}
