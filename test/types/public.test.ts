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
} from "reweight";
import * as library from "reweight";
import { configOf, train } from "reweight";
import * as graph from "reweight/graph";
import type { Engine, Graph, OpDef, Spec } from "reweight/graph";
import * as parts from "reweight/methods";
import { defineMethod, methodOf, methods } from "reweight/methods";
import type { Learner, LearnerParts, MethodOptions, TaskSpec, TrainingView } from "reweight/methods";

test("students, methods, objectives and settings have the types that programs are written against", () => {
  expectTypeOf<Student["apply"]>().toEqualTypeOf<
    (params: Tree<Value>, statistics: Tree<Value>, inputs: Arrays<Value>, pass: PassContext) => Answer
  >();
  expectTypeOf<keyof Answer>().toEqualTypeOf<"output" | "internals" | "head" | "statistics">();
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

test("reweight/graph has arrays, ops, derivatives and engines, and nothing of training", () => {
  expectTypeOf(graph.trace).returns.toEqualTypeOf<Graph>();
  expectTypeOf(graph.add).returns.toEqualTypeOf<Value>();
  expectTypeOf(graph.float).returns.toEqualTypeOf<Spec>();
  expectTypeOf(graph.runOnce).parameter(0).toEqualTypeOf<Engine>();
  expectTypeOf(graph.selectEngine).returns.resolves.toEqualTypeOf<Engine>();
  expectTypeOf<OpDef["kind"]>().toEqualTypeOf<"elementwise" | "linear" | "bilinear" | "nonlinear" | "constant">();
  expect(Object.keys(graph)).toEqual(
    expect.arrayContaining(["grad", "hvp", "jvp", "defineOp", "registerOp", "reference"]),
  );
  expect(Object.keys(graph).filter((name) => /train|method|student|dataset/i.test(name))).toEqual([]);
});

test("reweight/methods has what a method is written with", () => {
  expectTypeOf<Parameters<Method["design"]>[0]>().toEqualTypeOf<TaskSpec>();
  expectTypeOf<Parameters<Method["design"]>[1]>().toExtend<MethodOptions>();
  expectTypeOf<Parameters<Design["weigh"]>[1]>().toEqualTypeOf<TrainingView>();
  expectTypeOf(parts.sweepLearner).parameter(0).toEqualTypeOf<LearnerParts>();
  expectTypeOf(parts.sweepLearner).returns.toExtend<Learner>();
  const mine = defineMethod({
    name: "mine",
    summary: "",
    source: "",
    cost: "",
    options: [],
    fields: parts.ownFields({ mineRate: parts.rate("a rate").default(1) }),
    design: (_spec, options) => {
      expectTypeOf(options.mineRate).toEqualTypeOf<number>();
      return { init: () => ({}), weigh: (_omega, view) => parts.shares(view) };
    },
  });
  expectTypeOf(mine.name).toEqualTypeOf<"mine">();
  expect(mine.name).toBe("mine");
});

test("reweight has both, and runs", () => {
  expectTypeOf(train).parameter(0).toEqualTypeOf<TrainInput | undefined>();
  expect(Object.keys(library)).toEqual(expect.arrayContaining([...Object.keys(graph), ...Object.keys(parts)]));
});
