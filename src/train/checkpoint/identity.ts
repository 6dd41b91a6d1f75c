/** @file What makes two runs the same run: the settings that decide its numbers, and its data. */

import { createHash } from "node:crypto";
import type { Task } from "../../tasks/task.ts";
import type { Identity } from "./checkpoint.ts";
import type { TrainConfig } from "../config.ts";

/** A run may be resumed with another place for its files, another end or another saving interval, and nothing else. What a teacher to start from held is its hash's to say. */
const FREE = [
  "out",
  "maxSteps",
  "checkpointEvery",
  "download",
  "dataDir",
  "cifarnDir",
  "teacherFrom",
] as const satisfies (keyof TrainConfig)[];

/** @param teacher SHA-256 of the teacher that the run started from, if any */
export function identityOf(config: TrainConfig, { hashes }: Pick<Task, "hashes">, teacher?: string): Identity {
  const decisive = Object.entries(config)
    .filter(([key, value]) => value !== undefined && !(FREE as readonly string[]).includes(key))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const sha256 = createHash("sha256").update(JSON.stringify(decisive)).digest("hex");
  return { config: sha256, ...hashes, ...(teacher === undefined ? {} : { teacher }) };
}
