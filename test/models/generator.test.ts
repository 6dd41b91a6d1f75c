/** @file A translating student token by token, with caches, against the same student on whole targets. */

import { expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import { transformers } from "../../src/models/sequences/transformer.ts";
import { isGenerator } from "../../src/models/student.ts";
import { fill } from "../../src/ops/broadcast.ts";
import { logSoftmax } from "../../src/ops/compose.ts";
import { gather } from "../../src/ops/gather.ts";
import { reshape, slice } from "../../src/ops/movement.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { Random } from "../../src/random.ts";
import { float, int, tensor } from "../../src/tensor.ts";
import { entries, leaves, mapTree, unflatten } from "../../src/tree.ts";

const [N, BEAM, S, T, V] = [2, 3, 5, 4, 16];
const R = N * BEAM;
const form = {
  inputs: { source: int([1, 1]), sourceReal: float([1, 1]), previous: int([1, 1]), real: float([1, 1]) },
  outputs: V,
};
const student = transformers.make("transformer:d=8,ffn=12,heads=2,layers=2", form)!;
if (!isGenerator(student)) throw new TypeError("expected a student that writes");
const { params } = student.init(5);

const numbers = new Random(5, "tokens").permutation(400).map((x) => 4 + (x % (V - 4)));
let drawn = 0;
const token = (): number => numbers[drawn++]!;
const lengths = [5, 3];
const sources = lengths.map((length) => Array.from({ length: S }, (_, s) => (s < length ? token() : 1)));
const sourceReal = lengths.map((length) => Array.from({ length: S }, (_, s) => (s < length ? 1 : 0)));
/** After two tokens the targets of each source go on from these rows. */
const FROM = [2, 0, 0, 4, 4, 5];
const before = Array.from({ length: R }, () => [2, token()]);
const after = Array.from({ length: R }, () => [token(), token()]);
const whole = FROM.map((from, r) => [...before[from]!, ...after[r]!]);

const rows = (x: readonly (readonly number[])[], ints: boolean) =>
  tensor(ints ? Int32Array.from(x.flat()) : Float32Array.from(x.flat()), [x.length, x[0]!.length]);
const repeated = <X>(x: readonly X[]): X[] => x.flatMap((row) => new Array<X>(BEAM).fill(row));

test.each([
  { name: "reference", make: async () => Promise.resolve(reference), close: 1e-12 },
  { name: "onnx", make: async () => onnxEngine({ threads: 1 }), close: 1e-5 },
])("a token at a time gives what whole targets give, on $name", async ({ make, close }) => {
  const theta = leaves(params);
  const columns = [0, 1, 2, 3].map((t) =>
    tensor(Int32Array.from(t < 2 ? before.map((row) => row[t]!) : whole.map((row) => row[t]!))),
  );
  const given = [
    ...theta,
    rows(sources, true),
    rows(sourceReal, false),
    rows(repeated(sources), true),
    rows(repeated(sourceReal), false),
    rows(whole, true),
    rows(
      whole.map(() => new Array<number>(T).fill(1)),
      false,
    ),
    tensor(Int32Array.from(FROM)),
    ...columns,
  ];
  const graph = trace((...all) => {
    const tree = unflatten(params, all.slice(0, theta.length));
    const [source, real, manySources, manyReal, previous, open, from, ...tokens] = all.slice(theta.length);
    const batch = { source: manySources!, sourceReal: manyReal!, previous: previous!, real: open! };
    const want = logSoftmax(student.apply(tree, {}, batch, { mode: "eval" }).output, 1);
    const memory = student.encode(tree, { source: source!, sourceReal: real! });
    let cache = mapTree(student.cache(R, T + 2), ({ shape }) => fill(0, shape));
    const logs: Value[] = [];
    tokens.forEach((last, t) => {
      if (t === 2) cache = mapTree(cache, (x) => gather(x, from!));
      const next = student.next(tree, memory, cache, last, fill(t, [1]));
      cache = next.cache;
      logs.push(next.logProbabilities);
    });
    const at = (t: number): Value =>
      reshape(slice(reshape(want, [R, T, V]), { start: [0, t, 0], size: [R, 1, V] }), [R, V]);
    return [at(2), at(3), logs[2]!, logs[3]!];
  }, given);
  const [third, fourth, nextThird, nextFourth] = await runOnce(await make(), simplify(graph), given);
  for (const [want, got] of [
    [third!, nextThird!],
    [fourth!, nextFourth!],
  ] as const) {
    const apart = Array.from(want.data, (x, i) => Math.abs(x - got.data[i]!));
    expect(Math.max(...apart)).toBeLessThan(close);
  }
});

test("caches are arrays of rows, two for each layer", () => {
  expect(entries(student.cache(R, 7)).map(([name, { shape }]) => [name, ...shape])).toEqual(
    ["0.keys", "0.values", "1.keys", "1.values"].map((name) => [name, R, 7 * 8]),
  );
});
