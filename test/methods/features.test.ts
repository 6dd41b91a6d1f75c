import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import type { Value } from "../../src/graph/value.ts";
import { trace } from "../../src/graph/graph.ts";
import { deep } from "../../src/methods/deep.ts";
import { classFeatures, parseFeatures } from "../../src/objectives/class-features.ts";
import type { VectorFeature } from "../../src/objectives/features.ts";
import type { TaskSpec } from "../../src/objectives/task-spec.ts";
import type { TrainingView } from "../../src/objectives/view.ts";
import { makeTeacher } from "../../src/methods/teacher/teacher.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { simplify } from "../../src/ops/simplify.ts";
import type { Tensor } from "../../src/tensor.ts";
import { sizeOf, tensor } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { leaves, unflatten } from "../../src/tree.ts";
import { tiny } from "../train/tiny.ts";
import { flat, normals } from "./little.ts";

const [N, C] = [5, 4];
const internals = { I0: [3], I1: [2, 2, 1] };
const features = classFeatures(C, internals);
const task: TaskSpec = { classes: C, internals, features, rows: N };
const vector = (name: string): VectorFeature => features[name] as VectorFeature;
const numbersFor = (shape: readonly number[], stream: string): Tensor => normals([{ shape }], 1, stream)[0]!;

/**
 * A batch as a teacher sees it, in numbers. The second example's logits have two largest, the fourth's given
 * label is one of two.
 */
const seen = {
  labels: tensor(Int32Array.of(0, 3, 1, 2, 2)),
  logits: tensor([0.2, 1, -1, 0, 2, 0, 2, -1, 0.1, 0.9, 0.3, 0, 1, -1, 1, 0, 3, 0, -2, 0.5], [N, C]),
  losses: tensor([0.1, 0.7, 1.4, 2.2, 0.9]),
  I0: numbersFor([N, 3], "I0"),
  I1: numbersFor([N, 2, 2, 1], "I1"),
  context: tensor([0.25, 0.6, 0.4]),
};
const rows = ({ data, shape }: Tensor): number[][] => {
  const width = sizeOf(shape.slice(1));
  return Array.from({ length: shape[0]! }, (_, k) => Array.from(data.slice(k * width, (k + 1) * width)));
};

const plain = ["I0", "I1", "M0", "M1", "loss"] as const;
type Plain = (typeof plain)[number];

/** p of each example. */
const answers = rows(seen.logits).map((z) => {
  const e = z.map((x) => Math.exp(x));
  return e.map((x) => x / e.reduce((a, b) => a + b));
});

/** The features by their definitions, one example after another. */
function naive(feature: Plain): number[][] {
  switch (feature) {
    case "I0":
      return rows(seen.I0);
    case "I1":
      return rows(seen.I1).map((state) => state.map((x) => x / 2)); // √(2 · 2 · 1)
    case "M0":
      return Array.from(seen.labels.data, (y) => Array.from({ length: C }, (_, c) => (c === y ? 1 : 0)));
    case "loss":
      return Array.from(seen.losses.data, (loss) => [loss]);
    case "M1":
      return rows(seen.logits).map((z, k) => {
        const p = answers[k]!;
        const y = seen.labels.data[k]!;
        const predicted = z.map((x) => (x === Math.max(...z) ? 1 : 0));
        return [...seen.context.data, ...predicted, p[y]! - Math.max(...p.filter((_, c) => c !== y))];
      });
  }
}

/** What a function of the view and of other arrays gives for the batch above. */
async function onBatch(
  f: (view: TrainingView, others: Value[]) => Value,
  others: readonly Tensor[] = [],
): Promise<Tensor> {
  const inputs = [...Object.values(seen), ...others];
  const graph = trace((labels, logits, losses, I0, I1, context, ...rest) => {
    const classes = { labels: labels, logits: logits };
    const view = { losses: losses, nll: losses, internals: { I0: I0, I1: I1 }, classes, moment: context };
    return [f(view, rest)];
  }, inputs);
  const [result] = await runOnce(reference, simplify(graph), inputs);
  return result!;
}

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got).toHaveLength(want.length);
  got.forEach((x, i) => expect(x).toBeCloseTo(want[i]!, 13));
}

describe("features", () => {
  test.each(plain)("%s is what its definition says", async (feature) => {
    const got = await onBatch((view) => vector(feature).of(view));
    expect(got.shape).toEqual([N, vector(feature).width]);
    expectClose(flat([got]), naive(feature).flat());
  });

  test("trusted is the mark of trusted examples, and 0 where none are trained on", async () => {
    const marks = [1, 0, 0, 1];
    const marked = await onBatch(
      (view, [t]) => vector("trusted").of({ ...view, trusted: t! }),
      [
        tensor(
          Float64Array.from({ length: N }, (_, k) => marks[k % 4]!),
          [N],
        ),
      ],
    );
    expect(marked.shape).toEqual([N, 1]);
    expectClose(
      flat([marked]),
      Array.from({ length: N }, (_, k) => marks[k % 4]!),
    );
    expectClose(flat([await onBatch((view) => vector("trusted").of(view))]), new Array<number>(N).fill(0));
  });

  test("M1 passes no gradient on, even where the student's view does", async () => {
    const slopes = await onBatch((view) => gradient(sumAll(vector("M1").of(view)), [view.classes!.logits])[0]!);
    expect(flat([slopes])).toEqual(new Array<number>(N * C).fill(0));
  });

  test("a sum of names is read, in their order", () => {
    expect(parseFeatures("I0+M0")).toEqual(["I0", "M0"]);
    expect(parseFeatures(" loss + bilinear+I3")).toEqual(["loss", "bilinear", "I3"]);
  });

  test.each(["", "I0+", "I0,M0", "i0", "I4", "I0+M0+I0"])("%j is refused", (text) => {
    expect(() => parseFeatures(text)).toThrow(
      `--features: expected a sum of I0, I1, I2, I3, M0, M1, loss, trusted, bilinear, joint, each once, such as I0+M0; got "${text}"`,
    );
  });

  test("a state that the student lacks is refused, with those that it has", () => {
    const design = () => makeTeacher(task, { features: "I0+I3", teacher: "mlp-0" });
    expect(design).toThrow(
      "--features: expected features of this student, which are I0, I1, M0, M1, loss, trusted, bilinear, joint; got I3",
    );
  });
});

type Matrix = readonly (readonly number[])[];
const times = (x: Matrix, w: Matrix): number[][] =>
  x.map((row) => w[0]!.map((_, j) => row.reduce((sum, value, i) => sum + value * w[i]![j]!, 0)));

/** Normal numbers for a teacher's ω, as arrays and by name. */
function omegaOf(teacher: ReturnType<typeof makeTeacher>): { arrays: Tensor[]; named: Record<string, Tensor> } {
  const arrays = normals(Object.values(teacher.specs), 0.7, "omega");
  return { arrays, named: Object.fromEntries(Object.keys(teacher.specs).map((name, i) => [name, arrays[i]!])) };
}

describe("the teacher", () => {
  const settings = [
    { features: "I0+M0", teacher: "mlp-0" },
    { features: "I1+M1+loss", teacher: "mlp-0" },
    { features: "bilinear", teacher: "mlp-0" },
    { features: "joint", teacher: "mlp-0" },
    { features: "M0+joint+bilinear", teacher: "mlp-1" },
    { features: "bilinear", teacher: "mlp-2" },
    { features: "I0+M0", teacher: "mlp-1" },
    { features: "M0+loss+I1", teacher: "mlp-2" },
    { features: "I0+bilinear+M1", teacher: "mlp-1" },
  ] as const;

  test.each(settings)("scores as a naive network does: $features, $teacher", async ({ features, teacher: depth }) => {
    const teacher = makeTeacher(task, { features, teacher: depth });
    const { arrays, named } = omegaOf(teacher);
    const parts = features.split("+").flatMap((name) => plain.filter((feature) => feature === name));
    let z = Array.from({ length: N }, () => named["b"]!.data[0]!);
    const plus = (more: Matrix): void => {
      z = z.map((value, k) => value + more[k]![0]!);
    };
    if (depth === "mlp-0" || parts.length === 0) {
      const called: Record<string, string> = { I0: "W", M0: "E" };
      for (const part of parts) plus(times(naive(part), rows(named[called[part] ?? part]!)));
    } else {
      let x: Matrix = Array.from({ length: N }, (_, k) => parts.flatMap((part) => naive(part)[k]!));
      for (let i = 1; i <= Number(depth.at(-1)); i++) {
        const c = named[`c${i}`]!.data;
        x = times(x, rows(named[`H${i}`]!)).map((row) => row.map((value, j) => Math.max(0, value + c[j]!)));
      }
      plus(times(x, rows(named["W"]!)));
    }
    for (const [name, seenOf, called] of [
      ["bilinear", rows(seen.I0), "U"],
      ["joint", answers, "J"],
    ] as const) {
      if (features.includes(name))
        plus(times(seenOf, rows(named[called]!)).map((row, k) => [row[seen.labels.data[k]!]!]));
    }
    const like = teacher.init(1);
    const got = await onBatch((view, omega) => teacher.score(unflatten(like, omega), view), arrays);
    expectClose(flat([got]), z);
  });

  test("has the paper's number of parameters, hidden layers as wide as the input", () => {
    const count = (features: string, teacher: "mlp-0" | "mlp-1" | "mlp-2"): number =>
      Object.values(makeTeacher(task, { features, teacher }).specs).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const width = 3 + C;
    expect(count("I0+M0", "mlp-0")).toBe(width + 1);
    expect(count("I0+M0", "mlp-1")).toBe(width * width + width + width + 1);
    expect(count("I0+M0", "mlp-2")).toBe(2 * (width * width + width) + width + 1);
    expect(count("I0+M1+bilinear", "mlp-0")).toBe(3 + (C + 4) + 3 * C + 1);
    expect(count("joint", "mlp-0")).toBe(C * C + 1);
  });

  test.each(settings)(
    "starts with uniform weights, and can move: $features, $teacher",
    async ({ features, teacher }) => {
      const design = deep.design(task, tiny({ features, teacher }));
      const start = design.init(3);
      const weights = await onBatch((view, omega) => design.weigh(unflatten(start, omega), view), leaves(start));
      expectClose(flat([weights]), new Array<number>(N).fill(1 / N));
      // Hidden layers are not at 0, where no gradient would ever leave the last one.
      Object.entries(start).forEach(([name, array]) => {
        const zero = flat(leaves(array)).every((x) => x === 0);
        expect([name, zero]).toEqual([name, !name.startsWith("H")]);
      });
      expect(design.init(3)).toEqual(start);
    },
  );

  test("weights are normalised sigmoids of the scores, and there where every sigmoid is 0", async () => {
    const design = deep.design(task, tiny({ features: "loss" }));
    const like = design.init(1);
    const weigh = (w: number, b: number): Promise<Tensor> =>
      onBatch((view, omega) => design.weigh(unflatten(like, omega), view), [tensor([w], [1, 1]), tensor([b])]);
    const a = Array.from(seen.losses.data, (loss) => 1 / (1 + Math.exp(-(-1.5 * loss + 0.3))));
    const total = a.reduce((x, y) => x + y);
    expectClose(
      flat([await weigh(-1.5, 0.3)]),
      a.map((x) => x / total),
    );
    expectClose(flat([await weigh(0, -5000)]), new Array<number>(N).fill(1 / N));
  });
});
