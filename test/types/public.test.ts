/**
 * The public types that programs rely on. `npm run check` compiles them: a change that breaks a user breaks
 * this file.
 */

import { expect, expectTypeOf, test } from "vitest";
import type {
  Answer,
  Arrays,
  Batch,
  Dataset,
  Design,
  InnerProblem,
  Method,
  Objective,
  PassContext,
  Student,
  Tensor,
  TrainConfig,
  TrainInput,
  Tree,
  Value,
  View,
} from "../../src/index.ts";
import { configOf, methodOf, methods } from "../../src/index.ts";

test("students, methods, objectives and settings have the types that programs are written against", () => {
  expectTypeOf<Student["apply"]>().toEqualTypeOf<
    (params: Tree<Value>, statistics: Tree<Value>, inputs: Arrays<Value>, pass: PassContext) => Answer
  >();
  expectTypeOf<keyof Answer>().toEqualTypeOf<"output" | "internals" | "statistics">();
  expectTypeOf<Batch["arrays"]>().toEqualTypeOf<Arrays<Tensor>>();
  expectTypeOf<View["classes"]>().toEqualTypeOf<{ readonly logits: Value; readonly labels: Value } | undefined>();
  expectTypeOf<Method["design"]>().returns.toEqualTypeOf<Design>();
  expectTypeOf<Objective["classes"]>().toEqualTypeOf<readonly string[] | undefined>();
  expectTypeOf<InnerProblem["perExample"]>().parameter(2).toEqualTypeOf<Arrays<Value>>();
  expectTypeOf<Dataset["train"]["labels"]>().toEqualTypeOf<Uint8Array | Int32Array>();
  expectTypeOf<NonNullable<TrainInput["method"]>>().toEqualTypeOf<TrainConfig["method"]>();
  expectTypeOf<"depe">().not.toExtend<TrainConfig["method"]>();
  expectTypeOf<TrainConfig["focalGamma"]>().toEqualTypeOf<number>();
  expectTypeOf(configOf).returns.toEqualTypeOf<TrainConfig>();
  // And the values behind these types are there.
  expect(methods.map(({ name }) => methodOf(name))).toEqual(methods);
});
