/** @file A small random student that translates, in an engine, and what it says of whole sentences. */

import type { Writer } from "../../src/decode/cached-next.ts";
import type { Engine } from "../../src/engines/engine.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { Programs } from "../../src/engines/programs.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { makeStudent } from "../../src/models/make.ts";
import { transformers } from "../../src/models/sequences/transformer.ts";
import type { Generator } from "../../src/models/student.ts";
import { logSoftmax } from "../../src/ops/compose.ts";
import { float, int, tensor } from "../../src/tensor.ts";
import type { Tensor } from "../../src/tensor.ts";
import type { Tree } from "../../src/tree.ts";
import { leaves, mapTree, unflatten } from "../../src/tree.ts";
import { Random } from "../../src/random.ts";

export const V = 24;
export const PAD = 1;
export const END = 2;

const form = {
  inputs: { source: int([1, 1]), sourceReal: float([1, 1]), previous: int([1, 1]), real: float([1, 1]) },
  outputs: V,
};
export const student = makeStudent("transformer:d=16,ffn=24,heads=2,layers=2", form, [transformers]) as Generator;

/** Its parameters, with an embedding that makes some tokens much likelier than others. */
export const params: Tree<Tensor> = mapTree(student.init(3).params, ({ data, shape }, path) =>
  tensor(
    Float64Array.from(data, (x) => (path === "embedding" ? 2.5 * x : x)),
    shape,
  ),
);

export function writerOn(engine: Engine): Writer {
  const programs = new Programs(engine);
  return {
    student,
    params: mapTree(params, (x) => engine.upload(x)),
    runner: { engine, run: (name, make, inputs) => programs.run(name, make, inputs) },
  };
}

/** Random sources of these lengths, the end counted. */
export const sourcesOf = (seed: number, lengths: readonly number[]): Int32Array[] =>
  lengths.map((length, n) => {
    const random = new Random(seed, "source", n);
    return Int32Array.from({ length }, (_, i) => (i + 1 < length ? 4 + random.integer(V - 4) : END));
  });

/** ln p `[T][V]` of each token of a target, given the source and all before, from one pass over the whole of it. */
export async function wholeLogs(source: Int32Array, previous: readonly number[]): Promise<number[][]> {
  const inputs = {
    source: tensor(source, [1, source.length]),
    sourceReal: tensor(new Float64Array(source.length).fill(1), [1, source.length]),
    previous: tensor(Int32Array.from(previous), [1, previous.length]),
    real: tensor(new Float64Array(previous.length).fill(1), [1, previous.length]),
  };
  const arrays = [...leaves(params), ...Object.values(inputs)];
  const graph = trace((...values) => {
    const own = unflatten(params, values.slice(0, -4));
    const named = Object.fromEntries(Object.keys(inputs).map((name, i) => [name, values.at(i - 4)!]));
    return [logSoftmax(student.apply(own, {}, named, { mode: "eval" }).output, 1)];
  }, arrays);
  const [logs] = await runOnce(reference, graph, arrays);
  return previous.map((_, t) => Array.from(logs!.data.slice(t * V, (t + 1) * V)));
}
