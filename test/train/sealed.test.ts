import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeTensors, encodeTensors } from "../../src/safetensors.ts";
import { tensor } from "../../src/tensor.ts";
import { checkpointPath, readCheckpoint, saveCheckpoint } from "../../src/train/checkpoint/checkpoint.ts";
import type { Identity } from "../../src/train/checkpoint/identity.ts";
import { loadTeacher, saveTeacher, teacherPath } from "../../src/train/checkpoint/teacher-file.ts";
import { NOT_BEGUN } from "../../src/train/progress.ts";
import { oldRun } from "../golden/runs.ts";
import { flipHeader } from "./flips.ts";
import { scratch } from "./tiny.ts";

const arrays = new Map([
  ["W", tensor(Float32Array.of(1, -2, 3, 0.5), [4, 1])],
  ["E", tensor(Float32Array.of(0.25, 8, -1), [3, 1])],
  ["b", tensor(Float32Array.of(0.125), [1])],
]);
const about = {
  method: "deep",
  options: { features: "I0+M0", teacher: "mlp-0" },
  perClass: true,
  classes: ["Katze", "\u{1f415}", 'ein "Tier"'],
  student: "mlp",
  data: "pets",
  step: 12,
};
const identity: Identity = { settings: { lr: 0.1, seed: 1 }, dataset: "d", split: "s", noise: "n" };
const scores = { validError: 0.5, validLoss: 1.5, testError: 0.25, testLoss: 2, step: 10 };
const progress = { ...NOT_BEGUN, step: 12, updates: 4, windowLength: 1, best: scores, last: scores, wallSeconds: 1.5 };
const folder = scratch();
const [teacher, last] = [teacherPath(folder), checkpointPath(folder, "last")];

beforeAll(() => {
  saveTeacher(folder, arrays, about);
  const tensors = new Map([...arrays, ["weights.count", tensor(Int32Array.of(3, 4))] as const]);
  saveCheckpoint(folder, "last", { progress, tensors, log: 345 }, identity);
});

/** A copy that may be damaged. */
function copyOf(path: string): string {
  const copy = join(scratch(), "copy.safetensors");
  copyFileSync(path, copy);
  return copy;
}

describe("sealed files", () => {
  test("come back as they were", () => {
    const { sha256, ...read } = loadTeacher(teacher);
    expect(read).toEqual({ path: teacher, arrays, about });
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(readCheckpoint(last)).toMatchObject({ progress, identity, log: 345 });
  });

  test("every flip of one bit of a header is refused in one line", { timeout: 120_000 }, () => {
    const [checkpointCopy, teacherCopy] = [copyOf(last), copyOf(teacher)];
    const ofCheckpoint = flipHeader(checkpointCopy, () => readCheckpoint(checkpointCopy));
    const ofTeacher = flipHeader(teacherCopy, () => loadTeacher(teacherCopy));
    expect(ofCheckpoint).toMatchObject({ taken: 0, stacks: 0, examples: [] });
    expect(ofTeacher).toMatchObject({ taken: 0, stacks: 0, examples: [] });
    expect(Math.min(ofCheckpoint.flips, ofTeacher.flips)).toBeGreaterThan(4000);
  });

  test(
    "every flip of the header of 0.1.0, which has no seal, is taken or refused, in one line",
    { timeout: 120_000 },
    () => {
      const file = copyOf(join(oldRun("transition"), "teacher.safetensors"));
      expect(flipHeader(file, () => loadTeacher(file)).stacks).toBe(0);
      expect(loadTeacher(file).about).toMatchObject({ method: "transition", step: 4 });
    },
  );
});

/** A teacher's file as another program may save it. */
function resaved(
  path: string,
  change: (file: ReturnType<typeof decodeTensors>) => Parameters<typeof encodeTensors>[0],
) {
  const file = join(scratch(), "resaved.safetensors");
  writeFileSync(file, Buffer.concat(encodeTensors(change(decodeTensors(readFileSync(path), path)))));
  return file;
}

describe("a teacher that another program saved again", () => {
  test.each([
    ["of this version", () => teacher],
    ["of 0.1.0", () => join(oldRun("deep"), "teacher.safetensors")],
  ])("in another order, with more metadata, is taken (%s)", (_, path) => {
    const file = resaved(path(), ({ tensors, metadata }) => ({
      tensors: new Map([...tensors].reverse()),
      metadata: { framework: "pt", ...metadata },
    }));
    const { about, sha256 } = loadTeacher(path());
    expect(loadTeacher(file)).toMatchObject({ about, sha256 });
  });

  test("without its metadata is refused, and the message says that they must be kept", () => {
    const file = resaved(teacher, ({ tensors }) => ({ tensors, metadata: {} }));
    expect(() => loadTeacher(file)).toThrow("must keep its metadata");
  });

  test.each([
    ["a number", (x: Float32Array) => (x[0]! += 1)],
    ["the sign of a zero", (x: Float32Array) => (x[0] = -0)],
  ])("with %s changed is refused", (_, change) => {
    const file = resaved(teacher, ({ tensors, metadata }) => {
      change(tensors.get("b")!.data as Float32Array);
      return { tensors, metadata };
    });
    expect(() => loadTeacher(file)).toThrow("do not match their SHA-256");
  });

  test("with other words is refused", () => {
    const file = resaved(teacher, ({ tensors, metadata }) => ({ tensors, metadata: { ...metadata, method: "mwnet" } }));
    expect(() => loadTeacher(file)).toThrow("its header does not match its seal");
  });
});

test("a checkpoint in a teacher's place and a teacher in a checkpoint's are told apart", () => {
  expect(() => readCheckpoint(teacher)).toThrow(
    'expected a reweight-checkpoint of version 2 or 1, got "reweight-teacher 2"',
  );
  const copy = join(scratch(), "checkpoint", "last.safetensors");
  mkdirSync(dirname(copy));
  copyFileSync(last, copy);
  expect(() => loadTeacher(copy)).toThrow("holds no teacher.safetensors");
});
