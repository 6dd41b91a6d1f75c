import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { KnownLabels } from "../../../src/data/own/known-labels.ts";
import type { RawImage } from "../../../src/data/own/source-rows.ts";
import type { Understood } from "../../../src/data/own/understood.ts";
import type { PictureContent } from "../../../src/data/pictures/listing.ts";
import { openPictures } from "../../../src/data/pictures/open-pictures.ts";
import { testFolder } from "../tables/folder.ts";

const { root } = testFolder();

/** Decodes `count` images into a cache. @returns the most memory that the process has had, in bytes */
async function decode(count: number, png: Buffer): Promise<number> {
  const content: PictureContent = {
    kind: "packed",
    files: [],
    // eslint-disable-next-line @typescript-eslint/require-await
    async *images(): AsyncGenerator<RawImage> {
      for (let row = 0; row < count; row++) yield { row, name: `${row}`, bytes: Uint8Array.from(png) };
    },
  };
  const understood: Understood = {
    where: "made",
    format: "parquet",
    classes: ["a"],
    ids: Array.from({ length: count }, (_, n) => `${n}`),
    parts: new Array<"train">(count).fill("train"),
    given: new KnownLabels(new Int32Array(count)),
    right: new KnownLabels(new Int32Array(count).fill(-1)),
    content,
    rows: Int32Array.from({ length: count }, (_, n) => n),
    remarks: [],
    place: String,
  };
  const form = { size: 96, fit: "crop", channels: 3 } as const;
  const pixels = await openPictures(understood, content, { form, badFiles: "stop", cache: join(root, `${count}`) });
  expect(pixels.read(count - 1).length).toBe(3 * 96 * 96);
  pixels.close();
  return process.resourceUsage().maxRSS * 1024;
}

test("memory does not grow with the number of images", async () => {
  const png = await sharp({ create: { width: 16, height: 16, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const few = await decode(500, png);
  // 138 MB of pixels more.
  const many = await decode(5500, png);
  expect(many - few).toBeLessThan(60e6);
}, 120_000);
