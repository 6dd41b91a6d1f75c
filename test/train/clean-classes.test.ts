import { expect, test } from "vitest";
import { checkCleanClasses, missingClassesText } from "../../src/train/clean-classes.ts";
import { resumeLayers } from "../../src/cli/resume.ts";
import type { Layer } from "../../src/settings/resolve.ts";
import { resolve } from "../../src/settings/resolve.ts";
import { methodOf } from "../../src/methods/methods.ts";
import { readEvents } from "../../src/train/record/log.ts";
import { train } from "../../src/train/run.ts";
import { estimate } from "../../src/train/trial/estimate.ts";
import { trainSchema } from "../../src/train/config.ts";
import { prepareImages } from "../../src/tasks/images/kind.ts";
import { tiny } from "./tiny.ts";

const task = (perClass: readonly number[]) =>
  ({
    objective: { classes: ["cat", "dog", "fox"] },
    parts: { valid: { count: perClass.reduce((a, b) => a + b, 0), perClass } },
  }) as never;

test("classes without a clean example are named, with the count of each", () => {
  expect(missingClassesText(task([2, 1, 1]))).toBeUndefined();
  expect(missingClassesText(task([2, 0, 0]))).toBe(
    "none of the 2 clean examples is of class dog, fox (cat 2, dog 0, fox 0). Raise --valid",
  );
});

test("a method that needs each class refuses them; another is told, before the run and in it", async () => {
  expect(() => checkCleanClasses(methodOf("transition"), task([1, 0, 1]))).toThrow(
    "--method transition: expected a clean example of each class; none of the 2 clean examples is of class dog",
  );
  checkCleanClasses(methodOf("deep"), task([1, 0, 1]));
  const few = { valid: 5, validBatch: 5, maxSteps: 1 };
  await expect(train(tiny({ ...few, method: "transition" }))).rejects.toThrow("--method transition: expected a clean");
  const config = tiny({ ...few, method: "deep" });
  expect((await estimate(config)).warnings).toEqual([
    expect.stringContaining("none of the 5 clean examples is of class"),
  ]);
  await train(config);
  expect(readEvents(config.out!)).toContainEqual(
    expect.objectContaining({ type: "warning", about: "classes", step: 0 }) as unknown,
  );
});

test("a method that trains on trusted examples needs one of each class among those that it trains on", async () => {
  // Of one example a class, half is none.
  await expect(train(tiny({ method: "anchored", valid: 15, validBatch: 8, trainOnTrusted: 0.5 }))).rejects.toThrow(
    /^--method anchored: expected a clean example of each class; none of the 5 clean examples that are trained on is of class .*Raise --valid or --train-on-trusted/,
  );
  await expect(train(tiny({ method: "anchored", valid: 5, validBatch: 5 }))).rejects.toThrow(
    "--method anchored: expected a clean example of each class; none of the 5 clean examples is of class",
  );
});

test("the seed of the noise keeps the wrong labels while the run's seed varies", async () => {
  const labels = async (seed: number, noiseSeed?: number): Promise<number[]> => {
    const { train } = await prepareImages(
      tiny({ seed, noiseSeed, trainLimit: undefined, valid: 0, method: "uniform" }),
    );
    return [...train.labels];
  };
  expect(await labels(1, 7)).toEqual(await labels(2, 7));
  expect(await labels(1)).toEqual(await labels(1, 1));
  expect(await labels(1)).not.toEqual(await labels(2));
});

test("one noise has one form in new runs; a record keeps what its checkpoint knows", () => {
  const noiseOf = (layers: readonly Layer[]): string => resolve(trainSchema, layers).noise;
  expect(noiseOf([{ values: { noise: "flip2:.4" } }])).toBe("flip2:0.4");
  expect(noiseOf([{ values: { noise: "flip9:.4" } }])).toBe("flip9:.4");
  const record = { folder: "r", config: tiny({ noise: "flip2:.4" }) } as never;
  expect(noiseOf(resumeLayers(record, [{ values: { noise: "flip2:0.40" } }]))).toBe("flip2:.4");
});
