import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { makeDataset } from "../../src/data/dataset.ts";
import { Random } from "../../src/random.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { prepareClassification } from "../../src/tasks/classification.ts";
import { imageTask, ownImageTask } from "../../src/tasks/images/task.ts";
import { prepareOwnImages } from "../../src/tasks/own/images.ts";
import { trainSchema } from "../../src/train/config.ts";
import { testFolder } from "../data/tables/folder.ts";

const { root, write } = testFolder();

/** 24 training images, of which the last 6 are trusted, and 6 for testing: `[3, 16, 16]`, of 3 classes. */
const [ALL, TRAIN, TRUSTED, SIZE] = [30, 24, 6, 16] as const;
const PLANE = SIZE * SIZE;
const random = new Random(1, "pixels");
const pixels = Uint8Array.from({ length: ALL * 3 * PLANE }, () => random.integer(256));
const labelOf = (n: number): number => n % 3;

async function writeImages(): Promise<string> {
  const lines = ["path,label,trusted,split"];
  for (let n = 0; n < ALL; n++) {
    const interleaved = Buffer.alloc(3 * PLANE);
    for (let c = 0; c < 3; c++)
      for (let i = 0; i < PLANE; i++) interleaved[3 * i + c] = pixels[(3 * n + c) * PLANE + i]!;
    write(
      `${n}.png`,
      await sharp(interleaved, { raw: { width: SIZE, height: SIZE, channels: 3 } })
        .png()
        .toBuffer(),
    );
    const trusted = n >= TRAIN - TRUSTED && n < TRAIN;
    lines.push(`${n}.png,c${labelOf(n)},${trusted ? "yes" : ""},${n < TRAIN ? "train" : "test"}`);
  }
  return write("list.csv", lines.join("\n"));
}

/** Mean and deviation by the textbook, of the images that are trained on. */
function normals(): { mean: number[]; std: number[] } {
  const of = (c: number): number[] =>
    Array.from({ length: TRAIN - TRUSTED }, (_, n) => [...pixels.slice((3 * n + c) * PLANE, (3 * n + c + 1) * PLANE)])
      .flat()
      .map((value) => value / 255);
  const mean = [0, 1, 2].map((c) => of(c).reduce((sum, x) => sum + x, 0) / of(c).length);
  const std = [0, 1, 2].map((c) => Math.sqrt(of(c).reduce((s, x) => s + (x - mean[c]!) ** 2, 0) / of(c).length));
  return { mean, std };
}

test("images from files make the batches that the same pixels make in memory: order, crops, mirrors, all bits", async () => {
  const path = await writeImages();
  for (const cache of ["none", join(root, "cache")]) {
    const config = trainSchema.parse({
      data: path,
      inputs: "images",
      valid: TRUSTED,
      trainOnTrusted: 0,
      imageSize: SIZE,
      cache,
      seed: 5,
    });
    const own = await prepareOwnImages(config);
    const { mean, std } = normals();
    for (const [c, value] of [...own.mean, ...own.std].entries()) expect(value).toBeCloseTo([...mean, ...std][c]!, 10);
    const part = (from: number, to: number) => ({
      pixels: pixels.slice(from * 3 * PLANE, to * 3 * PLANE),
      labels: Uint8Array.from({ length: to - from }, (_, n) => labelOf(from + n)),
      shape: [3, SIZE, SIZE] as const,
      count: to - from,
    });
    const dataset = makeDataset({
      name: "list",
      classes: ["c0", "c1", "c2"],
      train: part(0, TRAIN),
      test: part(TRAIN, ALL),
      mean: own.mean,
      std: own.std,
      augment: { pad: 2, flip: true, padding: "zero" },
    });
    const apart = Uint32Array.from({ length: TRUSTED }, (_, n) => TRAIN - TRUSTED + n);
    const known = await prepareClassification({
      dataset: Object.assign(dataset, { apart }),
      validSize: TRUSTED,
      seed: 5,
    });
    const [ours, theirs] = [ownImageTask(own), imageTask(known)].map((task) => task.batches({ size: 7, cleanSize: 4 }));
    for (const draw of [0, 1, 2, 3, 8]) expect(batchAt(ours!, draw)).toEqual(batchAt(theirs!, draw));
    for (const update of [0, 3]) expect(ours!.clean(update, true)).toEqual(theirs!.clean(update, true));
    for (const name of ["valid", "test"] as const) expect([...ours!.of(name)]).toEqual([...theirs!.of(name)]);
    own.pixels.close();
  }
});
