import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { decodeTensors } from "../../src/safetensors.ts";
import { checkpointPath } from "../../src/train/checkpoint/checkpoint.ts";
import type { TrainEvent } from "../../src/train/events.ts";
import { Random } from "../../src/random.ts";
import { scratch } from "./tiny.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SETTINGS =
  "--student mlp --batch 20 --train-limit 100 --valid 40 --valid-batch 20 --test-limit 40 --noise flip2:0.4 --teacher-every 3 --threads 1 --epochs 8 --checkpoint-every 4".split(
    " ",
  );

/**
 * Runs `reweight train` and kills it (signal 9) `ms` after it has begun to train, which its first line in
 * metrics.jsonl shows.
 * @returns whether it ended by itself
 */
function trainUntil(folder: string, args: readonly string[], ms: number): Promise<boolean> {
  const metrics = join(folder, "metrics.jsonl");
  const written = (): number => (existsSync(metrics) ? statSync(metrics).mtimeMs : 0);
  const before = written();
  const child = spawn(process.execPath, [MAIN, "train", ...args], { stdio: "ignore" });
  const poll = setInterval(() => {
    if (written() === before) return;
    clearInterval(poll);
    setTimeout(() => child.kill("SIGKILL"), ms);
  }, 5);
  return new Promise((resolve) =>
    child.on("close", (code) => {
      clearInterval(poll);
      resolve(code === 0);
    }),
  );
}

const arrays = (folder: string): unknown =>
  [...decodeTensors(readFileSync(checkpointPath(folder, "last")), "checkpoint").tensors].map(([name, { data }]) => [
    name,
    ...data,
  ]);

const steps = (folder: string): number[] =>
  readFileSync(join(folder, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainEvent)
    .filter((event) => event.type === "teacher")
    .map((event) => event.step);

test(
  "killed at random moments and resumed, a run ends as one that was left alone, and tells each step once",
  { timeout: 300_000 },
  async () => {
    const whole = join(scratch(), "run");
    const killed = join(scratch(), "run");
    expect(await trainUntil(whole, [...SETTINGS, "--out", whole], 60_000)).toBe(true);
    const random = new Random(3, "kill");
    // Late enough for a first checkpoint; from then on at any moment.
    await trainUntil(killed, [...SETTINGS, "--out", killed], 400);
    let kills = 1;
    let ended = false;
    while (!ended && kills < 12) {
      ended = await trainUntil(killed, ["--resume", killed], kills < 8 ? random.integer(250) : 60_000);
      if (!ended) kills++;
    }
    expect(kills).toBeGreaterThan(3);
    expect(ended).toBe(true);
    expect(arrays(killed)).toEqual(arrays(whole));
    expect(steps(killed)).toEqual(steps(whole));
  },
);
