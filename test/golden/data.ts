/** @file What a run is given: drawn images, splits, noise, batches and random streams. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ImageBatches } from "../../src/tasks/images/batches.ts";
import type { Dataset } from "../../src/data/dataset.ts";
import { loadDataset } from "../../src/data/sets/load.ts";
import type { Batch } from "../../src/tasks/batches.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import type { Classification } from "../../src/tasks/classification.ts";
import { annotated, prepareClassification } from "../../src/tasks/classification.ts";
import { normalTensor } from "../../src/initial.ts";
import { Random } from "../../src/random.ts";
import { hash } from "./hash.ts";

const SEED = 3;

/** 400 CIFAR-10 records whose pixels come from a stream of their own. */
async function cifarLike(): Promise<Dataset> {
  const folder = mkdtempSync(join(tmpdir(), "golden-"));
  try {
    const random = new Random(1, "golden images");
    const records = (count: number): Buffer => {
      const bytes = Buffer.from(Uint8Array.from({ length: count * 3073 }, () => random.integer(256)));
      for (let i = 0; i < count; i++) bytes[i * 3073] = i % 10;
      return bytes;
    };
    for (let i = 1; i <= 5; i++) writeFileSync(join(folder, `data_batch_${i}.bin`), records(60));
    writeFileSync(join(folder, "test_batch.bin"), records(100));
    return await loadDataset({ name: "cifar10", dir: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tasksOf = async (dataset: Dataset, noise: string, augment: object = {}): Promise<Classification> =>
  prepareClassification({ dataset, seed: SEED, validSize: 100, trainLimit: 150, testLimit: 60, noise, augment });

const AUGMENTATIONS = {
  default: {},
  none: { pad: 0, flip: false },
  reflect: { padding: "reflect" },
} as const;

function* batchEntries(name: string, task: Classification): Generator<[name: string, hash: string]> {
  const batches = new ImageBatches(task, { size: 32, cleanSize: 16 });
  const of = (made: readonly Batch[]): string =>
    hash(...made.flatMap(({ arrays, positions }) => [...Object.values(arrays).map(({ data }) => data), positions]));
  const [whole] = [...batches.of("test")];
  const chunks = [0, 25, 50].map((start) => whole!.positions.subarray(start, start + 25));
  const updates = [0, 1, 2, 3, 4, 5];
  yield [`batches: ${name}, 0 to 40`, of(Array.from({ length: 41 }, (_, i) => batchAt(batches, i)))];
  yield [`batches: ${name}, clean 0 to 5`, of(updates.map((update) => batches.clean(update, false)))];
  yield [`batches: ${name}, clean 0 to 5 augmented`, of(updates.map((update) => batches.clean(update, true)))];
  yield [`batches: ${name}, test in order`, of(chunks.map((positions) => batches.plain("test", positions)))];
}

export async function* dataEntries(): AsyncGenerator<[name: string, hash: string]> {
  const sets = { glyphs: await loadDataset({ name: "glyphs" }), cifar10: await cifarLike() };
  for (const [set, dataset] of Object.entries(sets)) {
    yield [`data: ${set}`, dataset.hash.slice(0, 16)];
    for (const noise of ["none", "uniform:0.4", "flip1:0.3", "flip2:0.4"]) {
      const task = await tasksOf(dataset, noise);
      yield [`split: ${set}, ${noise}`, task.hashes.split.slice(0, 16)];
      yield [`noise: ${set}, ${noise}`, task.hashes.noise.slice(0, 16)];
      yield [`noise: ${set}, ${noise}, validation`, hash(task.valid.givenLabels)];
      if (noise !== "none") yield [`noise: ${set}, ${noise}, annotated`, hash(annotated(task).labels)];
    }
    for (const [augmentation, augment] of Object.entries(AUGMENTATIONS)) {
      yield* batchEntries(`${set}, augmentation ${augmentation}`, await tasksOf(dataset, "flip2:0.4", augment));
    }
  }
  yield* streamEntries();
}

/** The streams that runs draw from, by name: the same name must give the same numbers for ever. */
function* streamEntries(): Generator<[name: string, hash: string]> {
  const names = ["shuffle", "augment", "noise", "validation noise", "valid", "select", "rehearsal", "analyze"];
  for (const name of names) {
    const random = new Random(SEED, name, 7);
    yield [
      `random: ${name}`,
      hash(
        Float64Array.from({ length: 16 }, () => random.uniform()),
        random.permutation(9),
      ),
    ];
  }
  yield ["random: init.stage1.0.conv1", hash(normalTensor({ seed: SEED, path: "init.stage1.0.conv1" }, [16], 1).data)];
}
