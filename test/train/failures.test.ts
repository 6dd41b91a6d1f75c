import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tensor } from "../../src/tensor.ts";
import { writeAtomically } from "../../src/train/checkpoint/atomic-write.ts";
import { checkpointPath, readCheckpoint } from "../../src/train/checkpoint/checkpoint.ts";
import { refuseNotFinite } from "../../src/train/checkpoint/finite.ts";
import { train } from "../../src/train/run.ts";
import { scratch, tiny } from "./tiny.ts";

describe("a run that cannot go on", () => {
  test("stops at the first loss that is not finite, and keeps the checkpoint before it", async () => {
    const config = tiny({ lr: 1e30, checkpointEvery: 1 });
    await expect(train(config)).rejects.toThrow(/expected a finite loss, got (NaN|Infinity).*Lower --lr/s);
    const { progress, tensors } = readCheckpoint(checkpointPath(config.out!, "last"));
    expect(progress.step).toBe(1);
    expect([...tensors.values()].every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  test("does not save a number that is not finite over a good checkpoint", () => {
    const tensors = new Map([
      ["theta.w", tensor(Float32Array.of(1, 2))],
      ["memory.0", tensor(Float64Array.of(0, NaN))],
    ]);
    expect(() => refuseNotFinite(tensors, 7)).toThrow(
      "expected finite numbers after step 7, got NaN in memory.0. The last checkpoint is kept as it is. Lower --teacher-lr",
    );
    tensors.set("memory.0", tensor(Int32Array.of(3)));
    expect(() => refuseNotFinite(tensors, 7)).not.toThrow();
  });

  test.each([
    [{ valid: 9000 }, /validation/i],
    [{ valid: 16, validBatch: 17 }, "--valid-batch: expected at most the 16 validation examples"],
    [{ window: 4, teacherEvery: 3 }, "--window: expected at most --teacher-every = 3 steps, got 4"],
    [{ method: "l2t-loss", window: 4, teacherEvery: 3 }, "--window: expected at most --teacher-every = 3 steps, got 4"],
    [{ method: "mentornet", mentornetVariant: "dd", noise: "none" }, "with --noise none none of 40 is wrong"],
    [{ student: "resnet9" }, 'got "resnet9"'],
    [{ noise: "flip3:0.4" }, "flip3"],
    [{ data: "cifar10", dataDir: "/nowhere" }, "/nowhere"],
    [{ engine: "auto", noise: "cifarn:worse" }, /cifarn/i],
  ] as const)("refuses %j before it writes anything", async (changes, message) => {
    const config = tiny(changes);
    await expect(train(config)).rejects.toThrow(message);
    expect(existsSync(join(config.out!, "run.json"))).toBe(false);
  });

  test("a window is no matter to a method that has none", async () => {
    const config = tiny({ method: "mwnet", window: 4, teacherEvery: 3, maxSteps: 1 });
    expect((await train(config)).steps).toBe(1);
  });

  test("a write that fails leaves the old file and no other", () => {
    const folder = scratch();
    writeAtomically(join(folder, "a"), "old");
    mkdirSync(join(folder, "b"));
    expect(() => writeAtomically(join(folder, "b"), "a file over a folder")).toThrow();
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("old");
  });
});
