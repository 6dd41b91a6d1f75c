import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { makeGlyphs } from "../../src/data/sets/glyphs.ts";
import { readCheckpoint, saveCheckpoint } from "../../src/train/checkpoint/checkpoint.ts";
import type { Progress } from "../../src/train/progress.ts";
import type { TrainConfig } from "../../src/train/config.ts";
import type { StartEvent } from "../../src/train/events.ts";
import { train } from "../../src/train/run.ts";
import type { State } from "./disk.ts";
import { restore, stateOf, statesOf } from "./disk.ts";
import { numbersOf, resultOf } from "./result.ts";
import { scratch, tiny } from "./tiny.ts";

// The first of the glyphs, drawn once: drawing takes longer than these runs.
vi.mock(import("../../src/data/sets/load.ts"), async (original) => {
  const glyphs = makeGlyphs({ train: 150, test: 40 });
  return { ...(await original()), loadDataset: () => Promise.resolve(glyphs) };
});

const short = (): TrainConfig => tiny({ student: "mlp", engine: "onnx", epochs: 2, checkpointEvery: 4 });

/** The lock in a state is that of this process, which lives. Makes it one of a process that was ended. */
function leaveLock(folder: string): void {
  const path = join(folder, "run.lock");
  if (!existsSync(path)) return;
  const lock = JSON.parse(readFileSync(path, "utf8")) as object;
  writeFileSync(path, JSON.stringify({ ...lock, boot: "before" }));
}

/** Goes on from a state, or begins anew where there is nothing to go on from. @returns the remarks of the start */
async function goOn(state: State, config: TrainConfig): Promise<{ folder: string; remarks: readonly string[] }> {
  const out = join(scratch(), "run");
  restore(out, state);
  leaveLock(out);
  let start: StartEvent | undefined;
  const onEvent = (event: StartEvent | { readonly type: string }): void => {
    if (event.type === "start") start = event as StartEvent;
  };
  await train({ ...config, out }, { resume: existsSync(join(out, "run.json")), onEvent });
  return { folder: out, remarks: start!.remarks ?? [] };
}

describe("a run that is ended at any rename and any flush", () => {
  const config = short();
  let states: Awaited<ReturnType<typeof statesOf>>;
  let whole: unknown;
  beforeAll(async () => {
    states = await statesOf(config.out!, () => train(config));
    whole = resultOf(config.out!);
  }, 60_000);

  test.each([
    ["by a kill", "killed"],
    ["by a power cut", "cut"],
  ] as const)("%s ends as one that was left alone", { timeout: 300_000 }, async (_, how) => {
    // Five saves with some ten of them each.
    expect(states.moments).toBeGreaterThan(40);
    expect(states[how].length).toBeGreaterThan(15);
    for (const state of states[how]) {
      const { folder } = await goOn(state, config);
      expect(resultOf(folder)).toEqual(whole);
      rmSync(folder, { recursive: true });
    }
  });
});

describe("what a resume finds", () => {
  const config = short();
  let stopped: State;
  let whole: unknown;
  beforeAll(async () => {
    await train({ ...config, maxSteps: 8 });
    stopped = stateOf(config.out!);
    const reference = short();
    await train(reference);
    whole = numbersOf(reference.out!);
  }, 60_000);

  const changed = (changes: Readonly<Record<string, Buffer | undefined>>): State =>
    new Map(
      Object.entries({ ...Object.fromEntries(stopped), ...changes }).flatMap(([name, content]) =>
        content ? [[name, content]] : [],
      ),
    );
  const damaged = (name: string): Buffer => {
    const bytes = Buffer.from(stopped.get(name)!);
    bytes[bytes.length - 40]! ^= 4;
    return bytes;
  };

  const [last, previous, best] = ["last", "previous", "best"].map((name) =>
    join("checkpoint", `${name}.safetensors`),
  ) as [string, string, string];

  test("nothing to tell of a run that was stopped", async () => {
    const { folder, remarks } = await goOn(stopped, config);
    expect(remarks).toEqual([]);
    expect(numbersOf(folder)).toEqual(whole);
  });

  test.each<[string, () => State, RegExp[]]>([
    [
      "a damaged last checkpoint",
      () => changed({ [last]: damaged(last) }),
      [/last\.safetensors is damaged: .* after step 5$/m],
    ],
    ["no last checkpoint", () => changed({ [last]: undefined }), [/last\.safetensors is missing: .* after step 5$/m]],
    [
      "a damaged teacher",
      () => changed({ "teacher.safetensors": damaged("teacher.safetensors") }),
      [/teacher\.safetensors was damaged: written again/],
    ],
    [
      "no teacher",
      () => changed({ "teacher.safetensors": undefined }),
      [/teacher\.safetensors was missing: written again/],
    ],
    [
      "a damaged best checkpoint",
      () => changed({ [best]: damaged(best) }),
      [/best\.safetensors is damaged: it should have step 5, .* step 8 cannot/],
    ],
    [
      "a log that was cut short",
      () => changed({ "metrics.jsonl": stopped.get("metrics.jsonl")!.subarray(0, -700) }),
      [
        /metrics\.jsonl lacks \d+ of the \d+ bytes that it had at the checkpoint: events after step \d+ and before the end of step 8 are lost/,
      ],
    ],
    [
      "no log",
      () => changed({ "metrics.jsonl": undefined }),
      [/metrics\.jsonl lacks (\d+) of the \1 bytes .* after the start and before the end of step 8/],
    ],
    [
      "a log with zeros inside",
      () => {
        const bytes = Buffer.from(stopped.get("metrics.jsonl")!);
        return changed({ "metrics.jsonl": bytes.fill(0, 1500, 1600) });
      },
      [/metrics\.jsonl lacks \d+ of the \d+ bytes/],
    ],
  ])("%s is told, and the training goes on exactly", async (_, state, wanted) => {
    const { folder, remarks } = await goOn(state(), config);
    for (const pattern of wanted) expect(remarks.join("\n")).toMatch(pattern);
    expect(remarks.filter((text) => !wanted.some((pattern) => pattern.test(text)))).toSatisfy((others: string[]) =>
      others.every((text) => /teacher\.safetensors was of another step: written again/.test(text)),
    );
    expect(numbersOf(folder)).toEqual(whole);
  });

  test("the next save after a damaged last keeps the good one", async () => {
    const out = join(scratch(), "run");
    restore(out, changed({ [last]: damaged(last) }));
    await train({ ...config, out, maxSteps: 6 }, { resume: true });
    expect(readCheckpoint(join(out, last)).progress.step).toBe(6);
    await train({ ...config, out, maxSteps: 7 }, { resume: true });
    expect([readCheckpoint(join(out, previous)).progress.step, readCheckpoint(join(out, last)).progress.step]).toEqual([
      6, 7,
    ]);
  });

  test("both checkpoints damaged: an error, and the files stay", async () => {
    const out = join(scratch(), "run");
    restore(out, changed({ [last]: damaged(last), [previous]: damaged(previous) }));
    await expect(train({ ...config, out }, { resume: true })).rejects.toMatchObject({ code: "CHECKPOINT" });
    expect(readdirSync(join(out, "checkpoint")).sort()).toEqual([
      "best.safetensors",
      "last.safetensors",
      "previous.safetensors",
    ]);
  });

  // 10 steps in all, a teacher update after every third; every step draws one batch.
  test.each<[string, (progress: Progress) => Partial<Progress>, string]>([
    ["more steps than the run has", () => ({ step: 11 }), "at most 10 student steps, got 11"],
    ["a longer window than the period", () => ({ windowLength: 4 }), "at most 3 steps in the window, got 4"],
    [
      "other batches",
      ({ draws }) => ({ draws: { ...draws, drawn: 9 } }),
      "at most 0 batches beside one for each step, got 1",
    ],
    [
      "rehearsals",
      ({ rehearsals }) => ({ rehearsals: { ...rehearsals, done: 1 } }),
      "at most 0 finished rehearsals, got 1",
    ],
    ["rows that no batch has", ({ draws }) => ({ draws: { ...draws, waiting: [[7, 20]] } }), "rows in a batch, got 21"],
  ])("counters that the run never has are refused: %s", async (_, change, message) => {
    const out = join(scratch(), "run");
    restore(out, changed({ [previous]: undefined }));
    const { identity, ...checkpoint } = readCheckpoint(join(out, last));
    const progress = { ...checkpoint.progress, ...change(checkpoint.progress) };
    saveCheckpoint(out, "last", { ...checkpoint, progress }, identity);
    await expect(train({ ...config, out }, { resume: true })).rejects.toThrow(message);
  });

  test("a last checkpoint of another run is no reason to take the one before it", async () => {
    const out = join(scratch(), "run");
    restore(out, stopped);
    await expect(train({ ...config, out, lr: 1 }, { resume: true })).rejects.toThrow(
      "last.safetensors: belongs to another run (lr:",
    );
  });

  test("temporary files of killed writers are removed, others stay", async () => {
    const state = changed({
      "run.json.4711.tmp": Buffer.of(1),
      [`${last}.12.tmp`]: Buffer.of(1),
      "notes.tmp": Buffer.of(1),
    });
    const { folder } = await goOn(state, config);
    expect(readdirSync(folder)).toContain("notes.tmp");
    expect(stateOf(folder).has("run.json.4711.tmp") || stateOf(folder).has(`${last}.12.tmp`)).toBe(false);
  });
});
