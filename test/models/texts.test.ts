/** @file Students of texts: bag and TextCNN against recorded numbers of PyTorch in float64 (`text.json`), padding, dropout. */

import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/engines/engine.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { makeStudent } from "../../src/models/make.ts";
import type { Student, StudentForm } from "../../src/models/student.ts";
import { bag } from "../../src/models/texts/bag.ts";
import { textcnn } from "../../src/models/texts/textcnn.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { crossEntropy } from "../../src/ops/compose.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { stepKey } from "../../src/random.ts";
import { textArrays } from "../../src/tasks/texts/task.ts";
import type { Tensor } from "../../src/tensor.ts";
import { float, int, tensor } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import type { Arrays, Tree } from "../../src/tree.ts";
import { entries, leaves, unflatten } from "../../src/tree.ts";
import { torchRows } from "../engines/torch-here.ts";
import type { Nested } from "../nn/fixtures.ts";
import { difference, floats, ints, textFacts } from "../nn/fixtures.ts";

const PADDING = 1;
const form = (V: number, dropout?: number): StudentForm => ({
  inputs: { tokens: int([2, 8]), real: float([2, 8]) },
  outputs: 3,
  vocabulary: { size: V, padding: PADDING },
  ...(dropout === undefined ? {} : { dropout }),
});

const { bag: bagFacts, cnn: cnnFacts } = textFacts;
const { tokens, labels, E } = bagFacts;
const V = E.length;

/** Recorded parameters under the student's own names; its order in `gradients` is another. */
function recorded(student: Student, named: Arrays<Nested>): Tree<Tensor> {
  const own = entries(student.init(1).params);
  expect(own.map(([name]) => name).sort()).toEqual(Object.keys(named).sort());
  return unflatten(
    student.init(1).params,
    own.map(([name]) => floats(named[name]!)),
  );
}

const CASES = {
  bag: {
    student: bag(form(V, 0), 4),
    params: { embedding: E, "classifier.weight": bagFacts.W, "classifier.bias": bagFacts.b },
    facts: bagFacts,
    order: ["embedding", "classifier.weight", "classifier.bias"],
  },
  textcnn: {
    student: textcnn(form(V, 0), { windows: [2, 3], maps: 2, width: 4 }),
    params: {
      embedding: E,
      "body.window2.weight": cnnFacts.filters[0]!,
      "body.window3.weight": cnnFacts.filters[1]!,
      "body.window2.bias": cnnFacts.biases[0]!,
      "body.window3.bias": cnnFacts.biases[1]!,
      "classifier.weight": cnnFacts.O,
      "classifier.bias": cnnFacts.o,
    },
    facts: cnnFacts,
    order: [
      "embedding",
      "body.window2.weight",
      "body.window3.weight",
      "body.window2.bias",
      "body.window3.bias",
      "classifier.weight",
      "classifier.bias",
    ],
  },
};

const batch = {
  tokens: ints(tokens),
  real: floats(tokens.map((row) => row.map((id) => (id === PADDING ? 0 : 1)))),
};

const engines: readonly { name: string; make: () => Promise<Engine>; tolerance: number }[] = [
  { name: "reference", make: () => Promise.resolve(reference), tolerance: 1e-11 },
  { name: "onnx", make: () => onnxEngine({ threads: 1 }), tolerance: 1e-5 },
  ...torchRows({ torch: { threads: 1 } }).map((row) => ({ ...row, tolerance: 1e-5 })),
];

describe.each(engines)("on the $name engine", ({ make, tolerance }) => {
  test.each(Object.entries(CASES))("%s has PyTorch's I0, losses and gradients", async (_, { student, ...rest }) => {
    const { facts, order } = rest;
    const theta = recorded(student, rest.params);
    const names = entries(theta).map(([name]) => name);
    const inputs = [...leaves(theta), batch.tokens, batch.real, ints(labels)];
    const graph = trace((...x) => {
      const params = x.slice(0, names.length);
      const [ids, real, y] = x.slice(names.length);
      const arrays = { tokens: ids!, real: real! };
      const { output, internals } = student.apply(unflatten(theta, params), {}, arrays, { mode: "train" });
      const losses = crossEntropy(output, y!);
      return [internals.I0, losses, ...gradient(sumAll(losses), params)];
    }, inputs);
    const [I0, losses, ...gradients] = await runOnce(await make(), simplify(graph), inputs);
    // Recorded to 13 digits.
    expect(difference(I0!, facts.I0)).toBeLessThan(tolerance);
    expect(difference(losses!, facts.losses)).toBeLessThan(tolerance);
    const want = facts.gradients;
    expect(want).toHaveLength(order.length);
    order.forEach((name, i) => expect(difference(gradients[names.indexOf(name)]!, want[i]!)).toBeLessThan(tolerance));
  });
});

/** Output and I0 of a student on rows of ids, with or without the randomness of a step. */
async function answers(student: Student, rows: readonly (readonly number[])[], places: number, step?: number) {
  const arrays = textArrays(rows.map((row) => Int32Array.from(row)));
  const T = arrays["tokens"]!.shape[1]!;
  const wider = ({ data }: Tensor, fill: number): Tensor => {
    const wide =
      data instanceof Int32Array ? new Int32Array(rows.length * places) : new Float64Array(rows.length * places);
    wide.fill(fill);
    for (let n = 0; n < rows.length; n++) wide.set(data.subarray(n * T, (n + 1) * T), n * places);
    return tensor(wide, [rows.length, places]);
  };
  const theta = student.init(7).params;
  const key = step === undefined ? [] : [tensor(stepKey(7, "dropout", step))];
  const inputs = [...leaves(theta), wider(arrays["tokens"]!, PADDING), wider(arrays["real"]!, 0), ...key];
  const graph = trace((...x) => {
    const P = leaves(theta).length;
    const [ids, real, drawn] = x.slice(P);
    const pass = { mode: "train" as const, ...(drawn ? { rng: { key: drawn, path: "" } } : {}) };
    const params = unflatten(theta, x.slice(0, P));
    const { output, internals } = student.apply(params, {}, { tokens: ids!, real: real! }, pass);
    return [output, internals.I0];
  }, inputs);
  const [output, I0] = await runOnce(reference, graph, inputs);
  return { output: [...output!.data], I0: [...I0!.data] };
}

describe.each(["bag", "textcnn", "text-transformer"])("%s", (name) => {
  const student = makeStudent(name, form(40));
  const rows = [[4, 5, 6, 7, 8, 9, 10, 11], [12], [13, 14, 15]];

  test("gives a text the same answer however much its row is padded, and whatever its neighbours are", async () => {
    const narrow = await answers(student, rows, 8);
    const wide = await answers(student, rows, 24);
    const turned = await answers(student, [...rows].reverse(), 12);
    const K = 3;
    narrow.output.forEach((value, i) => {
      expect(wide.output[i]).toBeCloseTo(value, 12);
      expect(turned.output[(2 - Math.floor(i / K)) * K + (i % K)]).toBeCloseTo(value, 12);
    });
    narrow.I0.forEach((value, i) => expect(wide.I0[i]).toBeCloseTo(value, 12));
    // Rows differ, so that the comparison can fail.
    expect(narrow.output.slice(0, K)).not.toEqual(narrow.output.slice(K, 2 * K));
  });

  test("drops what it drops by the step's key alone", async () => {
    expect(student.random).toBe(true);
    const [whole, once, again, other] = await Promise.all(
      [undefined, 1, 1, 2].map((step) => answers(student, rows, 8, step)),
    );
    expect(once).toEqual(again);
    expect(once!.output).not.toEqual(whole!.output);
    expect(once!.output).not.toEqual(other!.output);
    expect(makeStudent(name, form(40, 0)).random).toBe(false);
  });

  test("needs texts", () => {
    const images = { inputs: { images: float([2, 3, 8, 8]) }, outputs: 3 };
    expect(() => makeStudent(name, images)).toThrow(`--student ${name}: expected inputs tokens, real`);
  });
});

test("a teacher sees I0 of bag and TextCNN before its dropout", async () => {
  for (const name of ["bag", "textcnn"]) {
    const student = makeStudent(name, form(40));
    const [whole, dropped] = await Promise.all([undefined, 1].map((step) => answers(student, [[4, 5], [6]], 8, step)));
    expect(dropped!.I0).toEqual(whole!.I0);
  }
});
