/** @file A small run on drawn images, in seconds: what the tests of the training layer share. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainConfig, TrainInput } from "../../src/train/config.ts";
import { trainSchema } from "../../src/train/config.ts";

export const scratch = (): string => mkdtempSync(join(tmpdir(), "reweight-"));

/** The small CNN on 96 glyphs in batches of 20, teacher updates every 3 steps. */
export function tiny(changes: TrainInput = {}): TrainConfig {
  return trainSchema.parse({
    data: "glyphs",
    student: "cnn",
    method: "deep",
    noise: "flip2:0.4",
    valid: 40,
    validBatch: 20,
    trainLimit: 96,
    testLimit: 40,
    batch: 20,
    epochs: 4,
    lr: 0.05,
    teacherEvery: 3,
    window: 2,
    teacherLr: 0.05,
    threads: 1,
    out: join(scratch(), "run"),
    ...changes,
  });
}
