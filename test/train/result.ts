/** @file What two runs of the same settings have in common, whatever happened to them on the way. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkpointPath, readCheckpoint } from "../../src/train/checkpoint/checkpoint.ts";
import { teacherPath } from "../../src/train/checkpoint/teacher-file.ts";
import { readEvents } from "../../src/train/record/log.ts";

const TIMES = new Set(["ms", "stepMs", "seconds", "imagesPerSecond", "wallSeconds"]);
const untimed = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, member: unknown) => (TIMES.has(key) ? undefined : member)));

function checkpointOf(folder: string, name: "last" | "best"): unknown {
  const { tensors, progress } = readCheckpoint(checkpointPath(folder, name));
  return [
    [...tensors].map(([array, { data }]) => [array, Buffer.from(data.buffer).toString("hex")]),
    untimed(progress),
  ];
}

/** The numbers of a run, which do not depend on where it was stopped. */
export const numbersOf = (folder: string): unknown => ({
  last: checkpointOf(folder, "last"),
  teacher: readFileSync(teacherPath(folder)).toString("hex"),
  weights: readFileSync(join(folder, "weights.csv"), "utf8"),
});

/** Everything of a run that does not depend on times and sessions. */
export function resultOf(folder: string): unknown {
  const told = readEvents(folder).filter(({ type }) => type !== "start" && type !== "done");
  return {
    numbers: numbersOf(folder),
    best: checkpointOf(folder, "best"),
    events: told.map(untimed),
    files: readdirSync(folder).sort(),
    checkpoints: readdirSync(join(folder, "checkpoint")).sort(),
  };
}
