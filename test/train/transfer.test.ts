import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { makeGlyphs } from "../../src/data/sets/glyphs.ts";
import { decodeTensors, encodeTensors } from "../../src/safetensors.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import { tensor } from "../../src/tensor.ts";
import type { TrainConfig, TrainInput } from "../../src/train/config.ts";
import { estimate } from "../../src/train/trial/estimate.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { evaluateRun } from "../../src/train/after/evaluate-run.ts";
import { batchAt } from "../../src/tasks/batches.ts";
import { inspect } from "../../src/train/step/inspect-batch.ts";
import { train } from "../../src/train/run.ts";
import { readRecord } from "../../src/train/record/run-record.ts";
import { prepareBatches, prepareData, prepareTrainer } from "../../src/train/setup.ts";
import { loadTeacher, saveTeacher, teacherPath } from "../../src/train/checkpoint/teacher-file.ts";
import { scratch, tiny } from "./tiny.ts";

// The first of the glyphs: drawing all of them takes longer than these runs.
vi.mock(import("../../src/data/sets/load.ts"), async (original) => ({
  ...(await original()),
  loadDataset: () => Promise.resolve(makeGlyphs({ train: 150, test: 40 })),
}));

const short = (changes: TrainInput = {}): TrainConfig => tiny({ student: "mlp", epochs: 2, ...changes });
const source = short();
const mwnet = short({ method: "mwnet" });
beforeAll(async () => {
  await train(source);
  await train(mwnet);
});

const numbersIn = (file: string, prefix = ""): Map<string, number[]> =>
  new Map(
    [...decodeTensors(readFileSync(file), file).tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { data }]) => [name.slice(prefix.length), Array.from(data)]),
  );
const omegaOf = (folder: string, name: "last" | "best" = "last") => numbersIn(checkpointPath(folder, name), "omega.");
const updates = async (config: TrainConfig, hooks = {}): Promise<number> => {
  const events: TrainEvent[] = [];
  await train(config, { ...hooks, onEvent: (event) => events.push(event) });
  return events.filter(({ type }) => type === "teacher").length;
};

/** σ(W · I0 + E[y] + b), over its sum, one number after another. */
function weigh(omega: ReadonlyMap<string, number[]>, I0: Float32Array, labels: ArrayLike<number>): number[] {
  const d = I0.length / labels.length;
  const a = Array.from(labels, (y, k) => {
    const z = omega
      .get("W")!
      .reduce((sum, w, i) => sum + w * I0[k * d + i]!, omega.get("E")![y]! + omega.get("b")![0]!);
    return 1 / (1 + Math.exp(-z));
  });
  const total = a.reduce((sum, x) => sum + x);
  return a.map((x) => x / total);
}

describe("a teacher as a file", () => {
  test("holds the last ω, and says what it is", () => {
    const file = teacherPath(source.out!);
    expect(numbersIn(file)).toEqual(omegaOf(source.out!));
    const { metadata } = decodeTensors(readFileSync(file), file);
    const { about } = loadTeacher(source.out!);
    expect(metadata).toMatchObject({
      format: "reweight-teacher",
      version: "2",
      method: "deep",
      step: "10",
      data: "glyphs",
    });
    expect(about.options).toEqual({ features: "I0+M0", teacher: "mlp-0" });
    expect(about.classes).toHaveLength(10);
  });

  test("is written by runs that are under way, and by none that has no teacher", async () => {
    const stopped = short({ maxSteps: 4 });
    await train(stopped);
    expect(loadTeacher(stopped.out!).about.step).toBe(4);
    const plain = short({ method: "uniform", maxSteps: 1 });
    await train(plain);
    expect(() => loadTeacher(plain.out!)).toThrow("holds no teacher.safetensors. Only methods that learn one write it");
  });

  test("of a run's best checkpoint has that checkpoint's ω", () => {
    const best = checkpointPath(source.out!, "best");
    const { arrays, about } = loadTeacher(best);
    expect(new Map([...arrays].map(([name, { data }]) => [name, Array.from(data)]))).toEqual(
      omegaOf(source.out!, "best"),
    );
    expect(about).toMatchObject({ method: "deep", student: "mlp" });
    // The same numbers have the same hash, wherever they lie.
    expect(loadTeacher(checkpointPath(source.out!, "last")).sha256).toBe(loadTeacher(source.out!).sha256);
  });
});

describe("--teacher-from", () => {
  test("frozen: the first batch has the weights that the source's ω gives, and ω stays", async () => {
    const config = short({ teacherFrom: source.out!, freezeTeacher: true });
    const task = await prepareData(config);
    const batch = batchAt(prepareBatches(config, task), 0);
    const fresh = await prepareTrainer(config, task);
    const { I0 } = await inspect(fresh, batch);
    await fresh.close();
    const want = weigh(omegaOf(source.out!), I0, batch.arrays["labels"]!.data);
    // Far enough from uniform that it says something.
    expect(Math.max(...want.map((w) => Math.abs(20 * w - 1)))).toBeGreaterThan(0.01);

    expect(await updates({ ...config, maxSteps: 1 })).toBe(0);
    const noted = numbersIn(checkpointPath(config.out!, "last")).get("weights.last")!;
    want.forEach((w, k) => expect(noted[batch.positions[k]!]).toBeCloseTo(20 * w, 5));
    expect(await updates(config, { resume: true })).toBe(0);
    expect(omegaOf(config.out!)).toEqual(omegaOf(source.out!));
  });

  test("learning: ω starts there and moves, and the run's record says where it came from", async () => {
    const config = short({ teacherFrom: teacherPath(source.out!), maxSteps: 2 });
    await train(config);
    expect(omegaOf(config.out!)).toEqual(omegaOf(source.out!));
    expect(await updates({ ...config, maxSteps: 3 }, { resume: true })).toBe(1);
    expect(omegaOf(config.out!)).not.toEqual(omegaOf(source.out!));
    const { sha256 } = loadTeacher(source.out!);
    const origin = { path: teacherPath(source.out!), sha256, student: "mlp", data: "glyphs", step: 10 };
    expect(readRecord(config.out!).teacherFrom).toEqual(origin);
    const file = checkpointPath(config.out!, "last");
    const identity: unknown = JSON.parse(decodeTensors(readFileSync(file), file).metadata["identity"]!);
    expect(identity).toMatchObject({ teacher: sha256 });
  });

  test("a stopped run goes on without its source, as if it had not been stopped", async () => {
    const away = join(scratch(), "teacher.safetensors");
    writeFileSync(away, readFileSync(teacherPath(source.out!)));
    const whole = short({ teacherFrom: away });
    const parts = short({ teacherFrom: away });
    await train(whole);
    await train({ ...parts, maxSteps: 4 });
    rmSync(away);
    await train(parts, { resume: true });
    expect(numbersIn(checkpointPath(parts.out!, "last"))).toEqual(numbersIn(checkpointPath(whole.out!, "last")));
    expect(readFileSync(teacherPath(parts.out!))).toEqual(readFileSync(teacherPath(whole.out!)));
    expect((await evaluateRun(parts.out!)).step).toBe(10);
    await expect(estimate(parts)).rejects.toThrow("does not exist");
    expect((await estimate(parts, { resume: true })).teacherParameters).toBeGreaterThan(0);
  });

  test("a teacher that knows no classes goes to any", async () => {
    const other = join(scratch(), "other.safetensors");
    const { arrays, about } = loadTeacher(mwnet.out!);
    const folder = scratch();
    saveTeacher(folder, arrays, { ...about, classes: ["a", "b"], data: "elsewhere" });
    writeFileSync(other, readFileSync(teacherPath(folder)));
    const config = short({ method: "mwnet", teacherFrom: other, freezeTeacher: true, student: "cnn", maxSteps: 2 });
    expect(await updates(config)).toBe(0);
    expect(omegaOf(config.out!)).toEqual(omegaOf(mwnet.out!));
  });
});

describe("with a method that rehearses", () => {
  const dd = (changes: TrainInput = {}): TrainConfig =>
    short({ method: "mentornet", mentornetVariant: "dd", mentornetFitSteps: 20, ...changes });
  const rehearsed = async (config: TrainConfig): Promise<number> => {
    const events: TrainEvent[] = [];
    await train(config, { onEvent: (event) => events.push(event) });
    return events.filter(({ type }) => type === "rehearsal" || type === "rehearsed").length;
  };

  test("a teacher is written once it is finished; a run that starts from it rehearses nothing and counts on its own", async () => {
    const first = dd();
    await train({ ...first, maxSteps: 1 });
    expect(() => loadTeacher(first.out!)).toThrow("once its rehearsals are over");
    await train(first, { resume: true });
    const { arrays } = loadTeacher(first.out!);
    expect(arrays.has("fitted")).toBe(true);
    expect(arrays.has("m")).toBe(false);
    for (const freezeTeacher of [true, undefined]) {
      const config = dd({ teacherFrom: first.out!, ...(freezeTeacher ? { freezeTeacher } : {}), maxSteps: 1 });
      expect(await rehearsed(config)).toBe(0);
      const { m, ...network } = Object.fromEntries(omegaOf(config.out!));
      const { m: theirs, ...expected } = Object.fromEntries(omegaOf(first.out!));
      expect(network).toEqual(expected);
      // After one step from 0.
      expect(m).not.toEqual(theirs);
    }
  });
});

test("a policy that selects goes on as it is, and rehearses nothing", async () => {
  const l2t = (changes: TrainInput = {}): TrainConfig =>
    short({ method: "l2t-data", l2tEpisodes: 1, l2tEpisodeShare: 0.3, l2tChecks: 1, ...changes });
  const first = l2t();
  await train(first);
  const events: TrainEvent[] = [];
  const second = l2t({ teacherFrom: first.out!, freezeTeacher: true, seed: 2 });
  await train(second, { onEvent: (event) => events.push(event) });
  expect(events.filter(({ type }) => type === "rehearsal" || type === "rehearsed")).toEqual([]);
  expect(omegaOf(second.out!)).toEqual(omegaOf(first.out!));
});

describe("what does not fit is told", () => {
  const refused = (changes: TrainInput): Promise<void> => train(short(changes)).then(() => undefined);
  /** A copy of the source's teacher with other words beside it. */
  const altered = (change: Partial<ReturnType<typeof loadTeacher>["about"]>): string => {
    const folder = scratch();
    const { arrays, about } = loadTeacher(source.out!);
    saveTeacher(folder, arrays, { ...about, ...change });
    return folder;
  };

  test.each<[string, () => TrainInput, RegExp]>([
    ["another method", () => ({ teacherFrom: mwnet.out! }), /is a teacher of --method mwnet, got --method deep/],
    ["other features", () => ({ teacherFrom: source.out!, features: "I0" }), /trained with features I0\+M0, got I0\./],
    ["another depth", () => ({ teacherFrom: source.out!, teacher: "mlp-1" }), /trained with teacher mlp-0, got mlp-1/],
    [
      "states of another size",
      () => ({ teacherFrom: source.out!, student: "resnet8" }),
      /expected W of shape \[64,1\] for --student resnet8, got \[\d+,1\] from .*, whose student was mlp/,
    ],
    [
      "other classes",
      () => ({ teacherFrom: altered({ classes: ["cat", "dog"], data: "pets" }) }),
      /for each class of pets \(cat, dog\), got other classes \(.*10 in all\)/,
    ],
    [
      "the same classes in another order",
      () => ({ teacherFrom: altered({ classes: [...loadTeacher(source.out!).about.classes].reverse() }) }),
      /got other classes/,
    ],
    ["no such file", () => ({ teacherFrom: "/nowhere/at/all" }), /\/nowhere\/at\/all does not exist/],
    ["a folder without one", () => ({ teacherFrom: scratch() }), /holds no teacher.safetensors/],
    ["a method without a teacher", () => ({ teacherFrom: source.out!, method: "spl" }), /--method spl has no teacher/],
    [
      "numbers that belong to one batch",
      () => ({ teacherFrom: source.out!, method: "l2rw" }),
      /--method l2rw has no teacher/,
    ],
    [
      "nothing to keep",
      () => ({ freezeTeacher: true }),
      /--freeze-teacher: expected a teacher to keep, with --teacher-from/,
    ],
  ])("%s", async (_, changes, message) => {
    await expect(refused(changes())).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringMatching(message) as string,
    });
  });

  test.each([1e39, -Infinity, NaN])("a number that float32 cannot hold: %d", async (number) => {
    const { arrays, about } = loadTeacher(source.out!);
    const b = tensor(Float64Array.of(number), [1]);
    const folder = scratch();
    saveTeacher(folder, new Map([...arrays, ["b", b]]), about);
    await expect(refused({ teacherFrom: folder })).rejects.toThrow(
      `expected numbers that float32 can hold in b of ${folder}, got ${number}. Name another teacher`,
    );
  });

  test("a damaged file, a cut one, and one of another kind", async () => {
    const whole = readFileSync(teacherPath(source.out!));
    const file = join(scratch(), "t.safetensors");
    const damaged = Buffer.from(whole);
    damaged[damaged.length - 1]! ^= 1;
    writeFileSync(file, damaged);
    await expect(refused({ teacherFrom: file })).rejects.toThrow("do not match their SHA-256; the file is damaged");
    writeFileSync(file, whole.subarray(0, whole.length - 3));
    await expect(refused({ teacherFrom: file })).rejects.toThrow("expected a whole safetensors file");
    writeFileSync(file, Buffer.concat(encodeTensors({ tensors: new Map(), metadata: { format: "other" } })));
    await expect(refused({ teacherFrom: file })).rejects.toThrow(
      'expected a reweight-teacher of version 2 or 1, got "other"',
    );
  });
});
