/** @file A data set of four images of one pixel, as a new file beside the built-in ones would describe it. */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDataset } from "../../../src/data/dataset.ts";
import type { BuiltInSet } from "../../../src/data/sets/built-in-set.ts";

/** Black, black, white, white. */
export const FILE = Buffer.from([0, 0, 255, 255]);

export const shades: BuiltInSet<"shades"> = {
  name: "shades",
  summary: "two shades",
  files: {
    base: "http://example.invalid/",
    md5: { "shades.bin": createHash("md5").update(FILE).digest("hex") },
    missing: async (dir) => ({
      folder: dir,
      names: (await readdir(dir)).includes("shades.bin") ? [] : ["shades.bin"],
    }),
  },
  async load({ dir }) {
    const pixels = await readFile(join(dir, "shades.bin"));
    const labels = Uint8Array.from(pixels, (value) => (value === 0 ? 0 : 1));
    const images = { pixels, labels, shape: [1, 1, 1], count: 4 } as const;
    const augment = { pad: 0, flip: false, padding: "zero" } as const;
    return makeDataset({
      name: "shades",
      classes: ["black", "white"],
      train: images,
      test: images,
      mean: [0.5],
      std: [0.5],
      augment,
    });
  },
};
