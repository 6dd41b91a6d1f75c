import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test, vi } from "vitest";
import { settingsOf } from "../../src/settings/settings.ts";
import type { PlannedRun } from "../../src/sweeps/expand.ts";
import { expand } from "../../src/sweeps/expand.ts";
import { parseSweep } from "../../src/sweeps/sweep-file.ts";
import { makeGlyphs } from "../../src/data/sets/glyphs.ts";
import { settingsReadBy } from "../../src/methods/method.ts";
import { methodOf, methods } from "../../src/methods/methods.ts";
import type { TrainConfig } from "../../src/train/config.ts";
import { trainSchema } from "../../src/train/config.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { train } from "../../src/train/run.ts";
import { imageKind } from "../../src/tasks/images/kind.ts";
import { imageAim } from "../../src/tasks/images/task.ts";
import { kindOf } from "../../src/tasks/kinds.ts";
import { prepareProblem } from "../../src/train/setup.ts";

// The first of the glyphs: drawing all of them takes longer than these runs.
vi.mock(import("../../src/data/sets/load.ts"), async (original) => ({
  ...(await original()),
  loadDataset: () => Promise.resolve(makeGlyphs({ train: 80, test: 20 })),
}));

const folder = fileURLToPath(new URL("../../experiments/", import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".yaml"))
  .sort();
const scratch = mkdtempSync(join(tmpdir(), "reweight-experiments-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const textOf = (file: string): string => readFileSync(join(folder, file), "utf8");
const sweepOf = (file: string) => parseSweep(textOf(file), file, settingsOf(trainSchema));
const runsOf = (file: string): PlannedRun[] => expand(sweepOf(file), { cifarnDir: "cifar-n" });
const isSmall = (file: string): boolean => file.startsWith("small/");

describe.each(files)("experiments/%s", (file) => {
  const runs = runsOf(file);

  test("says its size in its first line, and keeps its runs apart from its twin's", () => {
    expect(textOf(file)).toMatch(isSmall(file) ? /^# SMALL: / : /^# FULL SIZE: /);
    const name = file.replace("small/", "small-").replace(".yaml", "");
    expect(sweepOf(file).out).toBe(`runs/${name}`);
    expect(textOf(file)).toContain(`reweight sweep experiments/${file} `);
    for (const [, twin] of textOf(file).matchAll(/(?:^|\s)((?:\.\.\/|small\/)[\w-]+\.yaml)/g))
      expect(files).toContain(join(file, "..", twin!));
  });

  test("has three seeds of everything or more, the baseline or a pointer to it among them", () => {
    const seeds = new Set(runs.map(({ config }) => config.seed));
    expect([...seeds].slice(0, 3)).toEqual([1, 2, 3]);
    for (const seed of seeds)
      expect(runs.filter(({ config }) => config.seed === seed)).toHaveLength(runs.length / seeds.size);
    const baseline = runs.some(({ config }) => config.method === "uniform");
    expect(baseline || textOf(file).includes("Its own rows are in")).toBe(true);
  });

  test("sets no option of a method that the run's method does not read", () => {
    const ofMethods = new Set<string>(methods.flatMap(settingsReadBy));
    for (const { config, set } of runs) {
      const options = settingsReadBy(methodOf(config.method));
      expect(set.filter((key) => ofMethods.has(key) && !(options as readonly string[]).includes(key))).toEqual([]);
    }
  });

  test("fits its methods to its students", () => {
    for (const config of distinct(runs.map(({ config }) => ({ ...config, seed: 1, out: "x" })))) {
      const kind = kindOf(config);
      if (kind !== imageKind) {
        // Of the same family, without millions of parameters to draw.
        const small = config.student.startsWith("transformer")
          ? { student: "transformer:d=8,ffn=8,heads=2,layers=1" }
          : {};
        expect(() => prepareProblem({ ...config, ...small }, kind.madeUp.aim)).not.toThrow();
        continue;
      }
      // Of the same family, whose states have the same names, without millions of parameters to draw.
      const student = config.student.startsWith("wrn") ? "wrn-10-1" : "resnet8";
      const classes = Array.from({ length: config.data === "cifar100" ? 100 : 10 }, String);
      expect(() => prepareProblem({ ...config, student }, imageAim([3, 32, 32], classes))).not.toThrow();
    }
  });
});

const distinct = <T>(values: readonly T[]): T[] =>
  [...new Set(values.map((value) => JSON.stringify(value)))].map((text) => JSON.parse(text) as T);

/** What makes no other program of a method. */
const NUMBERS = ["teacherEvery", "window", "teacherLr", "teacherWeightDecay"];

/** The same method with the same options, in miniature: four steps of one epoch on drawn images. */
function miniature(config: TrainConfig): TrainConfig {
  const { method, features } = config;
  const options = settingsReadBy(methodOf(method)) as (keyof TrainConfig)[];
  const ofMethod = options.filter((key) => !NUMBERS.includes(key)).map((key) => [key, config[key]] as const);
  return trainSchema.parse({
    ...Object.fromEntries(ofMethod),
    method,
    teacherEvery: 2,
    noise: "flip2:0.4",
    data: "glyphs",
    // The smallest that has these states.
    student: /I[23]/.test(features) ? "resnet8" : "mlp",
    valid: 20,
    validBatch: 10,
    trainLimit: 40,
    testLimit: 20,
    batch: 10,
    epochs: 1,
    l2tEpisodes: 1,
    mentornetFitSteps: 20,
    threads: 1,
  });
}

/** Teacher updates in four steps. */
const UPDATES: Readonly<Record<string, number>> = {
  deep: 2,
  mwnet: 4,
  l2rw: 4,
  "l2t-loss": 2,
  "deep-joint": 2,
  transition: 2,
};
const all = files.flatMap(runsOf).map(({ config }) => config);
const miniatures = distinct(all.map(miniature));
const titleOf = (config: TrainConfig): string => {
  const read = settingsReadBy(methodOf(config.method)) as (keyof TrainConfig)[];
  const options = read.filter((key) => config[key] !== trainSchema.parse({})[key]);
  return [
    config.method,
    ...options.filter((key) => !NUMBERS.includes(key)).map((key) => `${key} ${String(config[key])}`),
  ].join(", ");
};

test.each(miniatures.map((config) => [titleOf(config), config] as const))(
  "%s: works for a few steps",
  async (_, config) => {
    const events: TrainEvent[] = [];
    const out = mkdtempSync(join(scratch, "run-"));
    const results = await train({ ...config, out }, { onEvent: (event) => events.push(event) });
    expect(results.steps).toBe(4);
    expect(results.testError.last).not.toBeNull();
    // Nothing validates where every trusted example is trained on.
    const validates = config.trainOnTrusted < 1;
    const losses = events.flatMap((event) => (event.type === "eval" ? [event.trainLoss, event.validLoss] : []));
    expect(losses.map((loss) => loss !== null && Number.isFinite(loss))).toEqual([true, validates]);
    expect(events.filter(({ type }) => type === "teacher")).toHaveLength(UPDATES[config.method] ?? 0);
  },
);

describe("experiments/README.md", () => {
  /** Examples that the sets have beside those which they keep apart to validate. */
  const KEPT: Readonly<Record<string, number>> = { hausa: 2045, yoruba: 1340 };
  const WHOLE: Readonly<Record<string, number>> = { cifar10: 50_000, cifar100: 50_000, trec: 5452 };
  /** Of sentence pairs the lengths decide how many steps an epoch has. */
  const stepsOf = (config: TrainConfig): string => {
    const { data, trainLimit, valid, batch, epochs } = config;
    if (kindOf(config).name === "sentence pairs") return `${epochs} epochs`;
    const each = Math.ceil(Math.min(trainLimit ?? Infinity, KEPT[data] ?? WHOLE[data]! - valid) / batch);
    return (epochs * each).toLocaleString("en-US");
  };

  test.each(files)("counts the runs and steps of %s", (file) => {
    const configs = runsOf(file).map(({ config }) => config);
    const steps = configs.map(stepsOf);
    const [row] = readFileSync(join(folder, "README.md"), "utf8")
      .split("\n")
      .filter((line) => line.includes(`](${file})`));
    const cells = row?.split("|").map((cell) => cell.trim());
    expect(new Set(steps).size).toBe(1);
    expect(cells?.slice(3, -1)).toEqual([String(configs.length), steps[0]!]);
  });
});
