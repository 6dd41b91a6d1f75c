import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { classCounts } from "../../src/data/labels.ts";
import { parseIdx } from "../../src/data/formats/idx.ts";
import { mnist } from "../../src/data/sets/mnist.ts";
import { idxBytes as idx, hasReal, REAL, temporary } from "./fixtures.ts";

describe("IDX", () => {
  test("extents and bytes are read, gzip'd or not", () => {
    const bytes = idx([2, 1, 3], [1, 2, 3, 4, 5, 6]);
    for (const file of [bytes, gzipSync(bytes)]) {
      const { dims, data } = parseIdx(file, "x", 3);
      expect([dims, [...data]]).toEqual([
        [2, 1, 3],
        [1, 2, 3, 4, 5, 6],
      ]);
    }
  });

  test.each([
    [
      "other magic bytes",
      Buffer.from([1, 2, 8, 1, 0, 0, 0, 0]),
      "x: not an IDX file: it must begin with two zero bytes, got 01 02 08 01",
    ],
    ["no bytes", Buffer.alloc(0), "x: not an IDX file: it must begin with two zero bytes, got nothing"],
    ["floats", idx([1], [0], 13), "x: expected IDX type 0x08 (unsigned byte), got 0x0d"],
    ["another rank", idx([1, 1, 1], [0]), "x: expected 1 dimensions, got 3"],
    ["a header cut off", Buffer.from([0, 0, 8, 1, 0, 0]), "x: the IDX header is cut off after 6 of 8 bytes"],
    ["too little data", idx([4], [1, 2, 3]), "x: [4] needs 4 bytes of data, got 3"],
    ["too much data", idx([2], [1, 2, 3]), "x: [2] needs 2 bytes of data, got 3"],
    [
      "damaged gzip",
      gzipSync(idx([1], [1])).subarray(0, 15),
      "x: damaged gzip data (unexpected end of file). Fetch it again, into another folder",
    ],
  ])("%s are refused", (_, bytes, message) => {
    expect(() => parseIdx(bytes, "x", 1)).toThrow(message);
  });
});

describe("MNIST", () => {
  const image = (value: number): number[] => new Array<number>(4).fill(value);

  async function small(): Promise<string> {
    const folder = await temporary();
    await writeFile(join(folder, "train-images-idx3-ubyte"), idx([3, 2, 2], [image(1), image(2), image(3)].flat()));
    await writeFile(join(folder, "train-labels-idx1-ubyte"), idx([3], [7, 8, 9]));
    await writeFile(join(folder, "t10k-images-idx3-ubyte.gz"), gzipSync(idx([1, 2, 2], image(4))));
    await writeFile(join(folder, "t10k-labels-idx1-ubyte.gz"), gzipSync(idx([1], [0])));
    return folder;
  }

  test("images and labels of packed and unpacked files belong together", async () => {
    const { train, test: held } = await mnist.load({ dir: await small() });
    expect([[...train.labels], train.pixels[4], train.shape, [...held.labels]]).toEqual([[7, 8, 9], 2, [1, 2, 2], [0]]);
  });

  test("what is missing is said", async () => {
    const empty = await temporary();
    await expect(mnist.load({ dir: empty })).rejects.toThrow(
      `mnist: no data in ${empty} (looked for ${join(empty, "train-images-idx3-ubyte")}[.gz]`,
    );
    await expect(mnist.load({ dir: join(empty, "no") })).rejects.toThrow(`mnist: no such folder: ${join(empty, "no")}`);
    const inside = join(empty, "mnist");
    await mkdir(inside);
    await writeFile(join(inside, "train-images-idx3-ubyte"), idx([1, 2, 2], image(1)));
    await expect(mnist.load({ dir: empty })).rejects.toThrow(`mnist: train-labels-idx1-ubyte is missing from ${empty}`);
  });

  test("a label that is no digit is refused", async () => {
    const folder = await small();
    await writeFile(join(folder, "train-labels-idx1-ubyte"), idx([3], [7, 10, 9]));
    await expect(mnist.load({ dir: folder })).rejects.toThrow(
      `mnist: label 10 of image 1 in ${folder}/train-labels-idx1-ubyte is out of range 0…9`,
    );
  });

  test("images and labels of different number are refused", async () => {
    const folder = await small();
    await writeFile(join(folder, "train-labels-idx1-ubyte"), idx([2], [7, 8]));
    await expect(mnist.load({ dir: folder })).rejects.toThrow(
      `mnist: ${folder}/train-images-idx3-ubyte has 3 images, train-labels-idx1-ubyte beside it 2 labels`,
    );
  });

  test.skipIf(!hasReal)("the real set has the published counts and moments", async () => {
    const { train, test: held } = await mnist.load({ dir: REAL });
    // Published counts of the training digits.
    expect(classCounts(train.labels, 10)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect([train.count, held.count, train.shape]).toEqual([60_000, 10_000, [1, 28, 28]]);
    let sum = 0;
    for (const value of train.pixels) sum += value;
    expect(sum / train.pixels.length / 255).toBeCloseTo(0.1307, 4);
  });
});
