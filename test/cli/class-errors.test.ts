import { expect, test } from "vitest";
import { classErrors } from "../../src/cli/verbs/eval.ts";

test("a confusion matrix gives each class's error and what it is taken for", () => {
  const confusion = [
    [8, 2, 0],
    [0, 0, 0],
    [1, 3, 4],
  ];
  expect(classErrors({ confusion, classes: ["a", "b", "c"] })).toEqual([
    { name: "a", count: 10, error: expect.closeTo(0.2, 12) as number, takenFor: "b (2)" },
    { name: "b", count: 0, error: null, takenFor: "" },
    { name: "c", count: 8, error: 0.5, takenFor: "b (3)" },
  ]);
});
