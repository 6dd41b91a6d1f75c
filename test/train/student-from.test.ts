import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { makeGlyphs } from "../../src/data/sets/glyphs.ts";
import { decodeTensors, encodeTensors } from "../../src/safetensors.ts";
import type { Tensor } from "../../src/tensor.ts";
import { tensor } from "../../src/tensor.ts";
import { checkpointPath, readCheckpoint } from "../../src/train/checkpoint/checkpoint.ts";
import { studentOf } from "../../src/train/checkpoint/student-file.ts";
import { adoptStudent } from "../../src/train/checkpoint/student-start.ts";
import type { TrainConfig, TrainInput } from "../../src/train/config.ts";
import { readRecord } from "../../src/train/record/run-record.ts";
import { train } from "../../src/train/run.ts";
import { prepareData, prepareTrainer } from "../../src/train/setup.ts";
import { estimate } from "../../src/train/trial/estimate.ts";
import { scratch, tiny } from "./tiny.ts";

// The first of the glyphs: drawing all of them takes longer than these runs.
vi.mock(import("../../src/data/sets/load.ts"), async (original) => ({
  ...(await original()),
  loadDataset: () => Promise.resolve(makeGlyphs({ train: 150, test: 40 })),
}));

const short = (changes: TrainInput = {}): TrainConfig => tiny({ epochs: 1, ...changes });
// By Adam, whose memory must not come along.
const source = short({ method: "uniform", optimizer: "adam", epochs: 2, lr: 0.01 });
beforeAll(async () => {
  await train(source);
});

const arraysIn = (file: string): ReadonlyMap<string, Tensor> => decodeTensors(readFileSync(file), file).tensors;
const startOf = (config: TrainConfig) => arraysIn(checkpointPath(config.out!, "last"));
const part = (arrays: ReadonlyMap<string, Tensor>, prefix: string) =>
  [...arrays].filter(([name]) => name.startsWith(prefix)).map(([name, { data }]) => [name, ...data]);

/** The file of another program: arrays under their own names, without a word on their origin. */
function bareFile(change: (arrays: Map<string, Tensor>) => unknown = () => undefined): string {
  const own = [...arraysIn(checkpointPath(source.out!, "best"))].filter(([name]) => /^(theta|state)\./.test(name));
  const arrays = new Map(own.map(([name, x]) => [name.replace(/^(theta|state)\./, ""), x]));
  change(arrays);
  const file = join(scratch(), "student.safetensors");
  writeFileSync(file, Buffer.concat(encodeTensors({ tensors: arrays, metadata: {} })));
  return file;
}

describe("--student-from", () => {
  test.each([
    ["a run's folder, for its best", () => source.out!, "best"],
    ["a checkpoint", () => checkpointPath(source.out!, "last"), "last"],
    ["a file of arrays alone", () => bareFile(), "best"],
  ] as const)("starts from %s: θ and statistics, and v = 0", async (_what, from, name) => {
    const config = short({ studentFrom: from(), seed: 7, maxSteps: 1 });
    const task = await prepareData(config);
    const trainer = await prepareTrainer(config, task);
    adoptStudent(trainer, studentOf(config)!, config.student, task.hashes);
    const saved = arraysIn(checkpointPath(source.out!, name));
    const read = async (arrays: readonly { read(): Promise<Tensor> }[]) =>
      (await Promise.all(arrays.map((x) => x.read()))).map(({ data }) => [...data]);
    const values = (prefix: string) => part(saved, prefix).map(([, ...data]) => data);
    expect(await read(trainer.arrays.theta)).toEqual(values("theta."));
    expect(await read(trainer.arrays.statistics)).toEqual(values("state."));
    expect(Object.keys(trainer.arrays.optimizer)).toEqual(["velocity"]);
    expect((await read(trainer.arrays.optimizer["velocity"]!)).flat().every((x) => x === 0)).toBe(true);
    await trainer.close();
  });

  test("is what every run of these settings starts from, whatever the seed, and the record says from where", async () => {
    const config = short({ studentFrom: source.out!, seed: 7, lr: 0, weightDecay: 0, method: "uniform" });
    await train(config);
    expect(part(startOf(config), "theta.")).toEqual(part(arraysIn(checkpointPath(source.out!, "best")), "theta."));
    const { progress } = readCheckpoint(checkpointPath(source.out!, "best"));
    expect(readRecord(config.out!).studentFrom).toEqual({
      path: source.out,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      step: progress.step,
    });
  });

  test("a resumed run needs its source no more, and is the same bit for bit", async () => {
    const copy = join(scratch(), "copy.safetensors");
    copyFileSync(checkpointPath(source.out!, "best"), copy);
    const [whole, parts] = [short({ studentFrom: copy }), short({ studentFrom: copy })];
    await train(whole);
    await train({ ...parts, maxSteps: 2 });
    rmSync(copy);
    await train(parts, { resume: true });
    expect([...startOf(parts)]).toEqual([...startOf(whole)]);
  });

  test("rehearsals start from it too, also after a resume, which needs the same one", async () => {
    const copy = bareFile();
    const bytes = readFileSync(copy);
    const settings = { studentFrom: copy, method: "l2t-data", l2tEpisodes: 2, epochs: 2 } as const;
    const [whole, parts, still] = [short(settings), short(settings), short({ ...settings, lr: 0, weightDecay: 0 })];
    await train(still);
    expect(part(startOf(still), "theta.")).toEqual(part(arraysIn(checkpointPath(source.out!, "best")), "theta."));
    await train(whole);
    // In the first rehearsal: the second begins after the resume.
    await train({ ...parts, maxSteps: 4 });
    copyFileSync(
      bareFile((arrays) => arrays.set("classifier.bias", tensor(new Float32Array(10)))),
      copy,
    );
    await expect(train(parts, { resume: true })).rejects.toThrow("is not the student that the run started from");
    writeFileSync(copy, bytes);
    await train(parts, { resume: true });
    expect([...startOf(parts)]).toEqual([...startOf(whole)]);
  });

  test.each<[string, () => string, string, TrainInput?]>([
    [
      "no such path",
      () => "/nowhere",
      "--student-from: expected a run's folder or a file of arrays; /nowhere does not",
    ],
    ["an empty folder", () => scratch(), "holds no checkpoint/best.safetensors, which the first evaluation writes"],
    [
      "another student",
      () => source.out!,
      "does not fit --student mlp on this data: expected theta.body.hidden1.weight [3072,256], got none; ",
      { student: "mlp" },
    ],
    [
      "another shape",
      () => bareFile((arrays) => arrays.set("classifier.bias", tensor(new Float32Array(9)))),
      "does not fit --student cnn on this data: expected classifier.bias [10], got [9]. Both runs",
    ],
    [
      "an array too many and one too few",
      () =>
        bareFile((arrays) => {
          arrays.set("extra", tensor([1]));
          arrays.delete("classifier.bias");
        }),
      "expected classifier.bias [10], got none; expected no extra, got [1]. Both",
    ],
    [
      "no numbers",
      () => bareFile((arrays) => arrays.set("classifier.bias", tensor(new Float32Array(10).fill(NaN)))),
      "expected numbers that float32 can hold in classifier.bias",
    ],
  ])("refuses %s, in an estimate too", async (_what, from, message, changes = {}) => {
    const config = short({ studentFrom: from(), ...changes });
    await expect(train(config)).rejects.toThrow(message);
    await expect(estimate(config)).rejects.toThrow(message);
  });
});
