/**
 * @file Mutated inputs: whatever a config, a sweep file, a record or a command line becomes, the answer is a result or an
 * error on one line, within seconds, and never a stack or a file where none should be. REWEIGHT_MUTATIONS says how many
 * of each kind are tried, REWEIGHT_MUTATION_SEED from which seed.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { Random } from "../../src/random.ts";
import { printConfig } from "../../src/settings/config-file.ts";
import { settingsOf } from "../../src/settings/settings.ts";
import { trainSchema } from "../../src/train/config.ts";
import { fakeIo } from "../cli/fake-io.ts";
import { encoded, mutated, mutatedWords } from "./mutate.ts";

const COUNT = Number(process.env["REWEIGHT_MUTATIONS"] ?? 100);
const SEED = Number(process.env["REWEIGHT_MUTATION_SEED"] ?? 1);
/** Milliseconds within which every input has its answer, on a busy machine. */
const PATIENCE = 20_000;

const root = mkdtempSync(join(tmpdir(), "reweight-mutations-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const settings = settingsOf(trainSchema);
const config = trainSchema.parse({ data: "mnist", dataDir: "d", milestones: [3, 4], noise: "flip2:0.4" });
const record = JSON.stringify(
  {
    formatVersion: 1,
    name: "a",
    config: { ...config, engine: "onnx", threads: 1 },
    versions: { reweight: "0.1.0", node: "v22.0.0" },
    engine: { name: "onnx", version: "1.20", device: "cpu", precision: "f32", threads: 1 },
    machine: { cpu: "some", cores: 2, memoryBytes: 1e9 },
    hashes: { dataset: "a".repeat(64), split: "b".repeat(64), noise: "c".repeat(64) },
    student: { name: "mlp", parameters: 5 },
    startedAt: "2026-01-01T00:00:00.000Z",
    results: {
      finished: true,
      steps: 9,
      testError: { last: 0.5, bestValidation: 0.4 },
      noiseRate: 0.4,
      weights: { auroc: 0.6 },
      secondsPerStep: 0.1,
      wallSeconds: 3,
    },
  },
  null,
  2,
);
const experiments = fileURLToPath(new URL("../../experiments/", import.meta.url));
const sweeps = readdirSync(experiments)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => readFileSync(join(experiments, file), "utf8"));
const CONFIGS = [
  printConfig(config, settings),
  JSON.stringify(config),
  "lr: 0.1\nteacher-every: 5 # K\nout: &a x\nnoise: 'none'\n",
  record,
];
const LINES = [
  "--data mnist --data-dir d --noise flip2:0.4 --epochs 3 --lr 0.1 --method uniform",
  "--student wrn-28-10 --batch=64 --milestones 3,4 --no-augment --threads 2",
  "--method deep --window 3 --teacher-every 5 --features I0+M0 --momentum 0.5 --valid 100",
].map((line) => line.split(" "));

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly errors: readonly string[];
}

async function answerOf(argv: readonly string[]): Promise<Answer> {
  const io = fakeIo();
  const started = performance.now();
  const code = await runCli(argv, io);
  expect(performance.now() - started).toBeLessThan(PATIENCE);
  return { code, out: io.printed.join("\n"), errors: io.errors };
}

// Line breaks belong to tables and to printed configs.
const CONTROL = /(?!\n)[\p{Cc}\u2028\u2029\u202e]/u;

/** What is wrong with an answer; empty if nothing is. */
function faults({ code, out, errors }: Answer): string[] {
  return [
    ...(code === 0 || code === 1 || code === 2 ? [] : [`code ${code}`]),
    ...(code === 0 || errors.length > 0 || out !== "" ? [] : ["an error without a word"]),
    ...errors.flatMap((text) => [
      ...(text.includes("a defect in reweight") ? [`a defect: ${text}`] : []),
      ...(text.includes("\n") ? [`two lines: ${text}`] : []),
      ...(CONTROL.test(text) ? [`control characters: ${JSON.stringify(text)}`] : []),
      ...(text.length > 2000 ? [`${text.length} characters: ${text.slice(0, 100)}`] : []),
    ]),
    ...(CONTROL.test(out) ? [`control characters: ${JSON.stringify(out.slice(0, 500))}`] : []),
  ];
}

/** Tries `COUNT` inputs. @returns those that went wrong, with their number, and how many ended with each code */
async function campaign(name: string, attempt: (random: Random, n: number) => Promise<Answer>) {
  const codes: Record<number, number> = {};
  const wrong: string[] = [];
  for (let n = 0; n < COUNT; n++) {
    const answer = await attempt(new Random(SEED, `mutation of ${name}`, n), n);
    codes[answer.code] = (codes[answer.code] ?? 0) + 1;
    wrong.push(...faults(answer).map((fault) => `${name} ${n}: ${fault.slice(0, 800)}`));
  }
  if (process.env["REWEIGHT_MUTATIONS"])
    console.log(`${name}: ${COUNT} tried, codes ${JSON.stringify(codes)}, ${wrong.length} wrong`);
  return { wrong, codes };
}

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random.uniform() * from.length)]!;

describe("mutated inputs", { timeout: 3_600_000 }, () => {
  test("configs", async () => {
    const file = join(root, "c.yaml");
    const { wrong, codes } = await campaign("configs", (random) => {
      writeFileSync(file, encoded(mutated(pick(random, CONFIGS), random), random));
      return answerOf(["train", "--print-config", "--config", file]);
    });
    expect(wrong).toEqual([]);
    expect(Object.keys(codes)).toEqual(["0", "1", "2"]);
  });

  test("sweep files", async () => {
    const file = join(root, "s.yaml");
    const { wrong } = await campaign("sweeps", (random) => {
      writeFileSync(file, encoded(mutated(pick(random, sweeps), random), random));
      return answerOf(["sweep", file, "--dry-run"]);
    });
    expect(wrong).toEqual([]);
  });

  test("records", async () => {
    const folder = join(root, "run");
    mkdirSync(folder);
    const { wrong } = await campaign("records", (random, n) => {
      writeFileSync(join(folder, "run.json"), encoded(mutated(record, random), random));
      return answerOf(n % 2 ? ["compare", folder] : ["train", "--print-config", "--resume", folder]);
    });
    expect(wrong).toEqual([]);
  });

  test("command lines", async () => {
    const { wrong } = await campaign("lines", (random) =>
      answerOf(["train", "--print-config", ...mutatedWords(pick(random, LINES), random)]),
    );
    expect(wrong).toEqual([]);
  });

  test("verbs", async () => {
    const { wrong } = await campaign("verbs", (random) => {
      const words = mutatedWords(["x", "--json", "--checkpoint", "best"], random);
      return answerOf([pick(random, ["eval", "analyze", "compare", "sweep", "trian"]), ...words]);
    });
    expect(wrong).toEqual([]);
  });

  test("no file was written beside the inputs", () => {
    expect(readdirSync(root).sort()).toEqual(["c.yaml", "run", "s.yaml"]);
    expect(readdirSync(join(root, "run"))).toEqual(["run.json"]);
  });
});
