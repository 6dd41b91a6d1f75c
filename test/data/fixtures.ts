/** @file Small hand-made data sets, temporary folders, and the real files where they are. */

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { makeDataset } from "../../src/data/dataset.ts";
import type { Dataset, ImageSet } from "../../src/data/dataset.ts";

/** The real data sets beside the checkout; without them the tests that need them are skipped. */
export const REAL = fileURLToPath(new URL("../../../shared/data/", import.meta.url));
export const hasReal = existsSync(REAL);
if (!hasReal) console.log("skipped: ../shared/data not found");

/** A folder that is removed when the test ends. */
export async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "reweight-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * `count` CIFAR records: image i has label i mod `classes` in its last label byte, and all pixels equal to i
 * mod 256.
 */
export function cifarBytes(count: number, classes: number): Buffer {
  const labelBytes = classes === 100 ? 2 : 1;
  const record = labelBytes + 3072;
  const bytes = Buffer.alloc(count * record);
  for (let i = 0; i < count; i++) {
    bytes[i * record + labelBytes - 1] = i % classes;
    bytes.fill(i % 256, i * record + labelBytes, (i + 1) * record);
  }
  return bytes;
}

/** Images of a few pixels whose bytes count up, with labels i mod K. */
export function tiny(count: number, classes: number, shape: readonly [number, number, number] = [2, 4, 4]): ImageSet {
  const size = shape[0] * shape[1] * shape[2];
  return {
    pixels: Uint8Array.from({ length: count * size }, (_, i) => (i * 7) % 256),
    labels: Int32Array.from({ length: count }, (_, i) => i % classes),
    shape,
    count,
  };
}

export function tinyDataset(count: number, classes: number, name = "tiny"): Dataset {
  return makeDataset({
    name,
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    train: tiny(count, classes),
    test: tiny(2 * classes, classes),
    mean: [0.5, 0.25],
    std: [0.5, 0.25],
    augment: { pad: 1, flip: true, padding: "zero" },
  });
}
