import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create } from "tar";
import { describe, expect, test } from "vitest";
import { classCounts } from "../../src/data/labels.ts";
import { cifar10 } from "../../src/data/sets/cifar10.ts";
import { cifar100 } from "../../src/data/sets/cifar100.ts";
import { cifarBytes, hasReal, REAL, temporary } from "./fixtures.ts";

const TRAIN = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);

/** A folder with 5 × 20 training and 10 test images. */
async function small(): Promise<string> {
  const folder = await temporary();
  for (const name of TRAIN) await writeFile(join(folder, name), cifarBytes(20, 10));
  await writeFile(join(folder, "test_batch.bin"), cifarBytes(10, 10));
  return folder;
}

describe("CIFAR-10", () => {
  test("the records of the five files follow one another", async () => {
    const { train, test: held, classes, mean } = await cifar10.load({ dir: await small() });
    expect([train.count, held.count]).toEqual([100, 10]);
    expect(classCounts(train.labels, 10)).toEqual(new Array(10).fill(10));
    // Image 27 is record 7 of the second file.
    expect([train.labels[27], train.pixels[27 * 3072], train.pixels[28 * 3072 - 1]]).toEqual([7, 7, 7]);
    expect(classes.slice(0, 3)).toEqual(["airplane", "automobile", "bird"]);
    expect(mean[0]).toBeCloseTo(0.49137, 5);
  });

  test("folder, sub-folder, archive beside it and archive by name hold the same set", async () => {
    const folder = await temporary();
    const inside = join(folder, "cifar-10-batches-bin");
    await mkdir(inside);
    for (const name of TRAIN) await writeFile(join(inside, name), cifarBytes(20, 10));
    await writeFile(join(inside, "test_batch.bin"), cifarBytes(10, 10));
    const packed = await temporary();
    const archive = join(packed, "cifar-10-binary.tar.gz");
    await create({ gzip: true, file: archive, cwd: folder }, ["cifar-10-batches-bin"]);

    const hashes = await Promise.all(
      [inside, folder, packed, archive].map(async (p) => (await cifar10.load({ dir: p })).hash),
    );
    expect(new Set(hashes).size).toBe(1);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  test("the hash depends on every byte", async () => {
    const folder = await small();
    const { hash } = await cifar10.load({ dir: folder });
    const bytes = cifarBytes(10, 10);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(join(folder, "test_batch.bin"), bytes);
    expect((await cifar10.load({ dir: folder })).hash).not.toBe(hash);
  });

  test("a folder that is not there, or has nothing of it, says where it looked and how to get it", async () => {
    const folder = await temporary();
    await expect(cifar10.load({ dir: join(folder, "none") })).rejects.toThrow(
      `cifar10: no such folder or archive: ${join(folder, "none")} (looked for ${join(folder, "none", "data_batch_1.bin")}, ` +
        `${join(folder, "none", "cifar-10-batches-bin")}, ${join(folder, "none", "cifar-10-binary.tar.gz")}). Use --download`,
    );
    await expect(cifar10.load({ dir: folder })).rejects.toThrow(`cifar10: no data in ${folder} (looked for`);
  });

  test("a missing file is named", async () => {
    const folder = await temporary();
    for (const name of [...TRAIN.slice(0, 3), "test_batch.bin"])
      await writeFile(join(folder, name), cifarBytes(20, 10));
    await expect(cifar10.load({ dir: folder })).rejects.toThrow(
      `cifar10: data_batch_4.bin is missing from ${folder}. Use --download to fetch it`,
    );
  });

  test("a truncated file is reported with the record it ends in", async () => {
    const folder = await small();
    await writeFile(join(folder, "data_batch_2.bin"), cifarBytes(20, 10).subarray(0, 10_000));
    await expect(cifar10.load({ dir: folder })).rejects.toThrow(
      `cifar10: data_batch_2.bin in ${folder} has 10000 bytes, not a multiple of the 3073-byte record: it ends inside record 3`,
    );
  });

  test("an empty file is reported", async () => {
    const folder = await small();
    await writeFile(join(folder, "test_batch.bin"), "");
    await expect(cifar10.load({ dir: folder })).rejects.toThrow(`cifar10: test_batch.bin in ${folder} is empty`);
  });

  test("a label out of range is reported with its file and image", async () => {
    const folder = await small();
    const bytes = cifarBytes(20, 10);
    bytes[6 * 3073] = 10;
    await writeFile(join(folder, "data_batch_3.bin"), bytes);
    await expect(cifar10.load({ dir: folder })).rejects.toThrow(
      `cifar10: data_batch_3.bin in ${folder}: label 10 of image 6 is out of range 0…9`,
    );
  });

  test("names in another order or number are refused", async () => {
    const folder = await small();
    await writeFile(join(folder, "batches.meta.txt"), "airplane\nbird\n");
    await expect(cifar10.load({ dir: folder })).rejects.toThrow(
      `batches.meta.txt in ${folder} has 2 names, expected 10`,
    );
    await writeFile(
      join(folder, "batches.meta.txt"),
      "airplane\nbird\nautomobile\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n",
    );
    await expect(cifar10.load({ dir: folder })).rejects.toThrow(`calls class 1 "bird", expected "automobile"`);
  });

  test("a damaged archive is reported", async () => {
    const folder = await temporary();
    const whole = await small();
    const archive = join(folder, "cifar-10-binary.tar.gz");
    await create({ gzip: true, file: archive, cwd: whole }, [...TRAIN, "test_batch.bin"]);
    const { readFile } = await import("node:fs/promises");
    await writeFile(archive, (await readFile(archive)).subarray(0, 500));
    await expect(cifar10.load({ dir: folder })).rejects.toThrow(`${archive}: not a whole .tar.gz archive (`);
    await writeFile(archive, "this is not an archive");
    await expect(cifar10.load({ dir: folder })).rejects.toThrow(`${archive}: not a whole .tar.gz archive (`);
  });

  test("an archive of something else is reported", async () => {
    const folder = await temporary();
    await writeFile(join(folder, "other.txt"), "hello");
    const archive = join(folder, "x.tar.gz");
    await create({ gzip: true, file: archive, cwd: folder }, ["other.txt"]);
    await expect(cifar10.load({ dir: archive })).rejects.toThrow(
      `cifar10: ${archive} holds none of data_batch_1.bin, `,
    );
  });
});

describe("CIFAR-100", () => {
  test("the fine label, the second byte, is the class", async () => {
    const folder = await temporary();
    await writeFile(join(folder, "train.bin"), cifarBytes(150, 100));
    await writeFile(join(folder, "test.bin"), cifarBytes(100, 100));
    const { train, classes } = await cifar100.load({ dir: folder });
    expect([train.count, train.labels[42], train.labels[142], train.pixels[42 * 3072]]).toEqual([150, 42, 42, 42]);
    expect([classes.length, classes[0], classes[99]]).toEqual([100, "apple", "worm"]);
  });
});

describe.skipIf(!hasReal)("the real files", () => {
  test("CIFAR-10 has 5,000 training and 1,000 test images of each class", async () => {
    const { train, test: held, classes } = await cifar10.load({ dir: REAL });
    expect(classCounts(train.labels, 10)).toEqual(new Array(10).fill(5000));
    expect(classCounts(held.labels, 10)).toEqual(new Array(10).fill(1000));
    expect(classes).toEqual(["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]);
    // The published channel means of the training images.
    const plane = 1024;
    for (const [c, expected] of [125.3, 123.0, 113.9].entries()) {
      let sum = 0;
      for (let n = 0; n < 50_000; n++) {
        const start = n * 3072 + c * plane;
        for (let i = start; i < start + plane; i++) sum += train.pixels[i]!;
      }
      expect(sum / (50_000 * plane)).toBeCloseTo(expected, 1);
    }
  });

  test("a part of CIFAR-100 loads", async () => {
    const { train, test: held, classes } = await cifar100.load({ dir: join(REAL, "cifar-100-binary") });
    expect([train.count, held.count, classes.length]).toEqual([5000, 2000, 100]);
    expect(Math.min(...classCounts(train.labels, 100))).toBeGreaterThan(20);
  });
});
