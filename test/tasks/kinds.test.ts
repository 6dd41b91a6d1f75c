import { describe, expect, test } from "vitest";
import { named } from "../../src/models/make.ts";
import { dataNames, defaultsFor, kindOf, kindOfStudent, studentFor, taskKinds } from "../../src/tasks/kinds.ts";

describe("kinds of task", () => {
  test("each data set has one kind, and a name that no kind has is refused with those there are", () => {
    expect(new Set(dataNames).size).toBe(dataNames.length);
    for (const name of dataNames) expect(kindOf({ data: name }).sets).toContain(name);
    expect(() => kindOf({ data: "cifar" })).toThrow(
      /^--data: expected a path, or one of .*glyphs.*; got "cifar". Did you mean cifar10\?$/,
    );
    expect(defaultsFor({ data: "cifar" })).toEqual({});
  });

  test("a student belongs to the kind that it reads, and every name is asked of one kind only", () => {
    expect(kindOfStudent("resnet8").name).toBe("images");
    expect(studentFor({ data: "glyphs" }, "cnn", kindOf({ data: "glyphs" }).madeUp.aim.form).name).toBe("cnn");
    expect(() => studentFor({ data: "glyphs" }, "resnet9", kindOf({ data: "glyphs" }).madeUp.aim.form)).toThrow(
      /^--student: expected one of resnet8.*, mlp, cnn; got "resnet9"$/,
    );
  });

  test.each(taskKinds)("made-up batches of $name are what its students read", ({ madeUp }) => {
    const { objective, form } = madeUp.aim;
    const { arrays, size, positions } = madeUp.batch(3, 7);
    expect([size, positions.length]).toEqual([3, 3]);
    // A mask may be read with the inputs and with the targets.
    expect(new Set(Object.keys(arrays))).toEqual(new Set([...Object.keys(form.inputs), ...objective.targets]));
    for (const [name, spec] of Object.entries(form.inputs)) {
      expect(arrays[name]!.dtype).toBe(spec.dtype);
      const { shape } = arrays[name]!;
      // The number of places is free, as that of the examples is.
      expect([shape[0], shape.length]).toEqual([3, spec.shape.length]);
    }
    expect(madeUp.batch(3, 7)).toEqual(madeUp.batch(3, 7));
    expect(madeUp.batch(3, 8)).not.toEqual(madeUp.batch(3, 7));
  });

  test("no kind knows a name that is nobody's", () => {
    for (const { students, madeUp } of taskKinds) expect(named("nobody", madeUp.aim.form, students)).toBeUndefined();
  });
});
