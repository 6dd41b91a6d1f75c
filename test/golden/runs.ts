/**
 * @file Runs that version 0.1.0 began and later versions finish: to the same arrays, weights and events as
 * 0.1.0 did. They were trained by the float64 reference engine, whose numbers do not depend on the machine.
 */

import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { resumeLayers } from "../../src/cli/resume.ts";
import { readRecord } from "../../src/train/record/run-record.ts";
import { resolve } from "../../src/settings/resolve.ts";
import { methods } from "../../src/methods/methods.ts";
import { checkpointPath, readCheckpoint } from "../../src/train/checkpoint/checkpoint.ts";
import { trainSchema } from "../../src/train/config.ts";
import { readEvents } from "../../src/train/record/log.ts";
import { train } from "../../src/train/run.ts";
import { imageAim } from "../../src/tasks/images/task.ts";
import { prepareTrainer } from "../../src/train/setup.ts";
import { exportArrays } from "../../src/train/checkpoint/arrays.ts";
import { hash, hashArrays } from "./hash.ts";

/**
 * Stopped inside the window of a teacher update, inside the second of two rehearsals with examples waiting, and
 * between updates.
 */
export const OLD_RUNS = ["deep", "l2t-data", "transition"] as const;

export const oldRun = (name: string): string => fileURLToPath(new URL(`runs-0.1.0/${name}`, import.meta.url));

/** What varies between two runs of the same numbers. */
const TIMES = new Set([
  "ms",
  "stepMs",
  "seconds",
  "secondsPerStep",
  "secondsPerTeacherUpdate",
  "imagesPerSecond",
  "wallSeconds",
  "peakRssBytes",
]);
const PLACES = new Set(["folder", "out", "config", "engine"]);

/** JSON without times and places. */
const told = (value: unknown): string =>
  JSON.stringify(value, (key, member: unknown) => (TIMES.has(key) || PLACES.has(key) ? undefined : member));

/** Finishes a copy of an old run. @returns its folder; the caller removes it */
export async function finish(name: string): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), "golden-")), name);
  cpSync(oldRun(name), folder, { recursive: true });
  await train(resolve(trainSchema, resumeLayers(readRecord(folder), [])), { resume: true });
  return folder;
}

/** Names, shapes and order of the arrays in a checkpoint, which a later version must find again. */
export async function* arrayEntries(): AsyncGenerator<[name: string, hash: string]> {
  const aim = imageAim(
    [1, 8, 8],
    Array.from({ length: 10 }, (_, i) => String(i)),
  );
  for (const { name } of methods) {
    const config = trainSchema.parse({ method: name, student: "cnn", engine: "reference" });
    const trainer = await prepareTrainer(config, aim);
    const arrays = await exportArrays(trainer);
    await trainer.close();
    yield [`arrays: ${name}`, hash([...arrays].map(([array, { shape }]) => `${array} ${shape.join()}`).join("\n"))];
  }
}

export async function* runEntries(): AsyncGenerator<[name: string, hash: string]> {
  for (const name of OLD_RUNS) {
    const folder = await finish(name);
    for (const which of ["last", "best"] as const) {
      const { tensors, progress } = readCheckpoint(checkpointPath(folder, which));
      yield [`run: ${name}, arrays of ${which}`, hashArrays(tensors)];
      yield [`run: ${name}, names of arrays of ${which}`, hash([...tensors.keys()].join("\n"))];
      yield [`run: ${name}, progress of ${which}`, hash(told(progress))];
    }
    yield [`run: ${name}, events`, hash(readEvents(folder).map(told).join("\n"))];
    yield [`run: ${name}, weights.csv`, hash(readFileSync(join(folder, "weights.csv"), "utf8"))];
    const record = JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as object;
    yield [`run: ${name}, fields of run.json`, hash(fieldsOf(record).sort().join("\n"))];
    rmSync(join(folder, ".."), { recursive: true });
  }
}

/** Dotted names of all members. */
const fieldsOf = (value: object, prefix = ""): string[] =>
  Object.entries(value).flatMap(([key, member]) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? fieldsOf(member as object, `${prefix}${key}.`)
      : [`${prefix}${key}`],
  );
