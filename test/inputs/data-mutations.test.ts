/**
 * @file Mutated data files: bits flipped, parts cut, doubled and moved, in every format that is read. The answer is a
 * data set or a DataError of one line, within seconds. REWEIGHT_MUTATIONS says how many of each format are tried,
 * REWEIGHT_MUTATION_SEED from which seed.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { create } from "tar";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadHumanLabels } from "../../src/data/noise/cifar-n.ts";
import { cifar10 } from "../../src/data/sets/cifar10.ts";
import { mnist } from "../../src/data/sets/mnist.ts";
import { DataError } from "../../src/errors.ts";
import { Random } from "../../src/random.ts";
import { decodeTensors, encodeTensors } from "../../src/safetensors.ts";
import { tensor } from "../../src/tensor.ts";
import { cifarBytes, idxBytes, tinyDataset } from "../data/fixtures.ts";
import { batchByPython2 } from "../data/pickles.ts";

const COUNT = Number(process.env["REWEIGHT_MUTATIONS"] ?? 60);
const SEED = Number(process.env["REWEIGHT_MUTATION_SEED"] ?? 1);
const PATIENCE = 20_000;

const root = mkdtempSync(join(tmpdir(), "reweight-data-mutations-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (name: string): string => {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  return path;
};

/** One to three changes of a file. */
function spoilt(bytes: Uint8Array, random: Random): Uint8Array {
  let result = Buffer.from(bytes);
  for (let i = 0; i <= random.integer(3); i++) {
    const at = random.integer(result.length + 1);
    const length = random.integer(Math.min(64, result.length) + 1);
    const kind = random.integer(6);
    if (kind === 0 && result.length > 0) result[at % result.length]! ^= 1 << random.integer(8);
    if (kind === 1) result = result.subarray(0, at);
    if (kind === 2) result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
    if (kind === 3) result = Buffer.concat([result.subarray(0, at + length), result.subarray(at)]);
    if (kind === 4) result.fill(random.integer(2) * 255, at, Math.min(result.length, at + length));
    // The header decides most.
    if (kind === 5 && result.length > 0) result[random.integer(Math.min(32, result.length))] = random.integer(256);
  }
  return result;
}

/** Tries `COUNT` mutations. @returns those that went wrong */
async function campaign(name: string, files: readonly string[], load: () => unknown): Promise<string[]> {
  const whole = files.map((file) => readFileSync(file));
  const wrong: string[] = [];
  let refused = 0;
  for (let n = 0; n < COUNT; n++) {
    const random = new Random(SEED, `mutation of ${name}`, n);
    const which = random.integer(files.length);
    writeFileSync(files[which]!, spoilt(whole[which]!, random));
    const started = performance.now();
    try {
      await load();
    } catch (error) {
      refused++;
      if (!(error instanceof DataError) && (error as { code?: string }).code !== "CHECKPOINT")
        wrong.push(`${name} ${n}: ${String((error as Error).stack)}`);
      else if ((error as Error).message.includes("\n"))
        wrong.push(`${name} ${n}: ${JSON.stringify((error as Error).message)}`);
    }
    if (performance.now() - started > PATIENCE) wrong.push(`${name} ${n}: took more than ${PATIENCE} ms`);
    writeFileSync(files[which]!, whole[which]!);
  }
  if (process.env["REWEIGHT_MUTATIONS"])
    console.log(`${name}: ${COUNT} tried, ${refused} refused, ${wrong.length} wrong`);
  return wrong;
}

const idx = (dims: readonly number[]): Buffer =>
  idxBytes(
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => i % 10),
  );

const IDX: readonly (readonly [string, Buffer])[] = [
  ["train-images-idx3-ubyte", idx([20, 4, 4])],
  ["train-labels-idx1-ubyte", idx([20])],
  ["t10k-images-idx3-ubyte", idx([10, 4, 4])],
  ["t10k-labels-idx1-ubyte", idx([10])],
];
const CIFAR = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`).concat("test_batch.bin");
const people = tinyDataset(40, 10, "cifar10");

beforeAll(async () => {
  for (const [name, bytes] of IDX) {
    writeFileSync(join(folder("idx"), name), bytes);
    writeFileSync(join(folder("gz"), `${name}.gz`), gzipSync(bytes));
  }
  for (const name of CIFAR) writeFileSync(join(folder("bin"), name), cifarBytes(10, 10));
  for (const [i, name] of CIFAR.entries())
    writeFileSync(join(folder("pickles"), name.replace(".bin", "")), batchByPython2(i));
  for (const name of CIFAR) writeFileSync(join(folder("parts"), name), cifarBytes(10, 10));
  const archive = join(folder("tar"), "cifar-10-binary.tar.gz");
  await create({ gzip: true, file: archive, cwd: folder("parts") }, CIFAR);
  const labels = people.train.labels.map((label, i) => (i % 5 < 2 ? (label + 1) % 10 : label));
  writeFileSync(join(folder("people"), "cifar10n.worse_label.u8"), Uint8Array.from(labels));
  const header = "{'descr': '<i8', 'fortran_order': False, 'shape': (40,), }".padEnd(117) + "\n";
  const npy = Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]),
    Buffer.from(header),
    Buffer.from(BigInt64Array.from(labels, BigInt).buffer),
  ]);
  writeFileSync(join(folder("npy"), "cifar10n.worse_label.npy"), npy);
  const arrays = new Map([
    ["a", tensor(Float32Array.of(1, 2, 3, 4), [2, 2])],
    ["b", tensor(Int32Array.of(5), [1])],
  ]);
  writeFileSync(
    join(folder("safetensors"), "x.safetensors"),
    Buffer.concat([...encodeTensors({ tensors: arrays, metadata: { kind: "x" } })]),
  );
});

const inFolder = (name: string): string[] => readdirSync(join(root, name)).map((file) => join(root, name, file));

test.each([
  ["idx", () => mnist.load({ dir: join(root, "idx") })],
  ["gz", () => mnist.load({ dir: join(root, "gz") })],
  ["bin", () => cifar10.load({ dir: join(root, "bin") })],
  ["pickles", () => cifar10.load({ dir: join(root, "pickles") })],
  ["tar", () => cifar10.load({ dir: join(root, "tar") })],
  ["people", () => loadHumanLabels(join(root, "people"), "worse", people)],
  ["npy", () => loadHumanLabels(join(root, "npy"), "worse", people)],
  [
    "safetensors",
    () => {
      const path = join(root, "safetensors", "x.safetensors");
      return decodeTensors(readFileSync(path), path);
    },
  ],
] as const)(
  "mutated %s files end in a data set or an error of one line",
  { timeout: 3_600_000 },
  async (name, load) => {
    expect(await campaign(name, inFolder(name), load)).toEqual([]);
  },
);

test("no file was written beside the inputs", () => {
  expect(readdirSync(root).sort()).toEqual([
    "bin",
    "gz",
    "idx",
    "npy",
    "parts",
    "people",
    "pickles",
    "safetensors",
    "tar",
  ]);
  expect(readdirSync(join(root, "tar"))).toEqual(["cifar-10-binary.tar.gz"]);
});
