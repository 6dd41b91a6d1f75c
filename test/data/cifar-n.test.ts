import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadHumanLabels } from "../../src/data/noise/cifar-n.ts";
import { cifar10 } from "../../src/data/sets/cifar10.ts";
import { cifar100 } from "../../src/data/sets/cifar100.ts";
import { annotated, prepareClassification } from "../../src/tasks/classification.ts";
import { hasReal, REAL, temporary, tinyDataset } from "./fixtures.ts";

const train = { labels: Uint8Array.of(3, 1, 4, 1, 5) };
const dataset = { name: "cifar10", classes: Array.from("0123456789"), train };

/** A `.npy` file, version 1.0, as numpy writes it. */
function npy(descr: string, shape: string, data: Buffer): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), length, Buffer.from(header, "latin1"), data]);
}

describe("labels given by people", () => {
  test("one byte for each image", async () => {
    const folder = await temporary();
    await writeFile(join(folder, "cifar10n.worse_label.u8"), Uint8Array.of(3, 0, 4, 2, 5));
    await writeFile(join(folder, "cifar10n.clean_label.u8"), train.labels);
    expect([...(await loadHumanLabels(folder, "worse", dataset))]).toEqual([3, 0, 4, 2, 5]);
  });

  test("integers of NumPy files of any width and byte order", async () => {
    const folder = await temporary();
    const file = join(folder, "cifar10n.random_label1.npy");
    const int64 = Buffer.from(BigInt64Array.of(9n, 0n, 4n, 2n, 5n).buffer);
    const big = Buffer.from([0, 9, 0, 0, 0, 4, 0, 2, 0, 5]);
    for (const bytes of [
      npy("<i8", "(5,)", int64),
      npy(">i2", "(5,)", big),
      npy("|u1", "(5,)", Buffer.from([9, 0, 4, 2, 5])),
    ]) {
      await writeFile(file, bytes);
      expect([...(await loadHumanLabels(folder, "random1", dataset))]).toEqual([9, 0, 4, 2, 5]);
    }
  });

  test("clean labels that differ from the data set's prove another order", async () => {
    const folder = await temporary();
    await writeFile(join(folder, "cifar10n.worse_label.u8"), Uint8Array.of(3, 0, 4, 2, 5));
    await writeFile(join(folder, "cifar10n.clean_label.u8"), Uint8Array.of(3, 1, 1, 4, 5));
    await expect(loadHumanLabels(folder, "worse", dataset)).rejects.toThrow(
      `cifar10n: clean label 1 of image 2 in ${folder} is not the data set's 4: the images are in another order than the labels`,
    );
  });

  test("missing, short and out-of-range files are refused", async () => {
    const folder = await temporary();
    const file = join(folder, "cifar10n.aggre_label.u8");
    await expect(loadHumanLabels(folder, "aggre", dataset)).rejects.toThrow(
      `cifar10n: cifar10n.aggre_label.u8 (or .npy) is not in ${folder}. Say with --cifarn-dir where it is, or make it from the official ` +
        `release: python3 -c "import torch, numpy as np; d = torch.load('CIFAR-10_human.pt'`,
    );
    await writeFile(file, Uint8Array.of(1, 2));
    await expect(loadHumanLabels(folder, "aggre", dataset)).rejects.toThrow(
      `${file}: expected 5 labels, one for each training image, got 2`,
    );
    await writeFile(file, Uint8Array.of(1, 2, 3, 4, 10));
    await expect(loadHumanLabels(folder, "aggre", dataset)).rejects.toThrow(
      `${file}: label 10 of image 4 is out of range 0…9`,
    );
  });

  test.each([
    ["text", Buffer.from("hello, this is text"), "not a .npy file"],
    [
      "pickled objects",
      npy("|O", "()", Buffer.alloc(9)),
      "expected an array of numbers or of text, got dtype '|O' with shape (). A pickled Python object cannot be read",
    ],
    [
      "floats",
      npy("<f4", "(5,)", Buffer.alloc(20)),
      "expected a one-dimensional integer array, got dtype '<f4' with shape (5,)",
    ],
    [
      "a matrix",
      npy("|u1", "(5, 1)", Buffer.alloc(5)),
      "expected a one-dimensional integer array, got dtype '|u1' with shape (5, 1)",
    ],
    ["too few bytes", npy("<i4", "(5,)", Buffer.alloc(19)), "expected 5 × 4 bytes after the header, got 19"],
    ["a cut header", npy("<i4", "(5,)", Buffer.alloc(0)).subarray(0, 40), "the .npy header is cut off"],
  ])("a NumPy file with %s is refused", async (_, bytes, message) => {
    const folder = await temporary();
    const file = join(folder, "cifar10n.aggre_label.npy");
    await writeFile(file, bytes);
    await expect(loadHumanLabels(folder, "aggre", dataset)).rejects.toThrow(`${file}: ${message}`);
  });

  test("sets that do not exist for a data set are refused", async () => {
    await expect(loadHumanLabels("x", "noisy", dataset)).rejects.toThrow(
      "noise: there is no cifarn:noisy for cifar10. Use cifarn:aggre, cifarn:random1, cifarn:random2, cifarn:random3, cifarn:worse",
    );
    await expect(loadHumanLabels("x", "worse", { ...dataset, name: "mnist" })).rejects.toThrow(
      "noise: there is no cifarn:worse for mnist. CIFAR-N labels exist for cifar10 and cifar100 only",
    );
  });

  // Shares of wrong labels published by Wei et al. 2022, in per cent.
  test.skipIf(!hasReal)("CIFAR-10N has the published noise rates", async () => {
    const dataset = await cifar10.load({ dir: REAL });
    const published: [string, number][] = [
      ["aggre", 9.01],
      ["random1", 17.23],
      ["random2", 18.12],
      ["random3", 17.64],
      ["worse", 40.21],
    ];
    for (const [set, percent] of published) {
      const task = await prepareClassification({
        dataset,
        noise: `cifarn:${set}`,
        cifarnDir: join(REAL, "cifar-n"),
        seed: 1,
      });
      expect(100 * task.noiseRate).toBeCloseTo(percent, 1);
      expect(task.matrix).toBeUndefined();
    }
  });

  test.skipIf(!hasReal)("the annotated part has the human labels of the validation images, by the file", async () => {
    const cifarnDir = join(REAL, "cifar-n");
    const dataset = await cifar10.load({ dir: REAL });
    const task = await prepareClassification({ dataset, validSize: 1000, noise: "cifarn:worse", cifarnDir, seed: 2 });
    const { labels, clean, mask, indices } = annotated(task);
    const inFile = (name: string) => {
      const bytes = readFileSync(join(cifarnDir, `cifar10n.${name}.u8`));
      return Array.from(indices, (index) => bytes[index]);
    };
    expect(Array.from(labels)).toEqual(inFile("worse_label"));
    expect(Array.from(clean)).toEqual(inFile("clean_label"));
    // 40.21 % over all; a sample of 1,000 has a standard deviation of 1.55 %.
    expect(Math.abs(mask.reduce((total, wrong) => total + wrong, 0) / 10 - 40.21)).toBeLessThan(6.2);
  });

  test.skipIf(!hasReal)("CIFAR-100N fits the first 5,000 images and is about 40 % wrong", async () => {
    const dataset = await cifar100.load({ dir: REAL });
    const task = await prepareClassification({
      dataset,
      noise: "cifarn:noisy",
      cifarnDir: join(REAL, "cifar-n"),
      seed: 1,
    });
    // 40.20 % over all; a sample of 5,000 has a standard deviation of 0.7 %.
    expect(Math.abs(100 * task.noiseRate - 40.2)).toBeLessThan(2.8);
  });
});

describe("labels that are not those of the release", () => {
  const set = tinyDataset(2000, 10, "cifar10");
  const worse = Uint8Array.from(set.train.labels, (label, i) => (i % 5 < 2 ? (label + 1) % 10 : label));
  const write = async (name: string, bytes: Uint8Array): Promise<string> => {
    const folder = await temporary();
    await writeFile(join(folder, `cifar10n.${name}.u8`), bytes);
    return folder;
  };

  test("pass at the published share of wrong ones", async () => {
    const folder = await write("worse_label", Uint8Array.from(worse));
    expect([...(await loadHumanLabels(folder, "worse", set))]).toEqual([...worse]);
  });

  test("are refused in another order, with both shares", async () => {
    const folder = await write("worse_label", Uint8Array.from(worse).reverse());
    await expect(loadHumanLabels(folder, "worse", set)).rejects.toThrow(
      /differ from the true ones; in the release it is 40\.2 %\. The images are in another order than the labels/,
    );
  });

  test("are refused where they are those of another set", async () => {
    const folder = await write("aggre_label", Uint8Array.from(worse));
    await expect(loadHumanLabels(folder, "aggre", set)).rejects.toThrow("40.0 % of the labels differ");
  });

  test("are refused with eight bytes a label, as int64 has", async () => {
    const bytes = Buffer.from(BigInt64Array.from([...worse], BigInt).buffer);
    const folder = await write("worse_label", bytes);
    await expect(loadHumanLabels(folder, "worse", set)).rejects.toThrow(
      "expected 2000 labels, one for each training image, got 16000. More bytes for each label? Write them as uint8",
    );
  });
});
