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

/** An IDX file: magic, extents, data. @param type of the data; 8 for bytes */
export function idxBytes(dims: readonly number[], data: ArrayLike<number>, type = 8): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.set([0, 0, type, dims.length]);
  dims.forEach((extent, i) => header.writeUInt32BE(extent, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(Uint8Array.from(data))]);
}

/** A tar header by the format's description, with a right checksum. @param size in octal digits */
export function tarHeader(name: string, size: string, type = "0"): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write("0000644\0", 100);
  block.write(size, 124, "latin1");
  block.write("        ", 148);
  block.write(type, 156);
  block.write("ustar\0" + "00", 257);
  const sum = block.reduce((a, b) => a + b, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
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
