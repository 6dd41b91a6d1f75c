import { describe, expect, test } from "vitest";
import { planProgram } from "../../src/engines/torch/plan/plan.ts";
import { placeInWorkspace } from "../../src/engines/torch/plan/workspace.ts";
import type { Instruction, NativeProgram, TileInstruction } from "../../src/engines/torch/program.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { topological, trace } from "../../src/graph/graph.ts";
import type { Value } from "../../src/graph/value.ts";
import { adjointGraph, lastAdjointGraph } from "../../src/hyper/sweep.ts";
import { conv2d } from "../../src/ops/convolution.ts";
import { sum, sumAll } from "../../src/ops/broadcast.ts";
import { add, exp, mul, relu, sub } from "../../src/ops/elementwise.ts";
import { reshape } from "../../src/ops/movement.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { Random } from "../../src/random.ts";
import { float, sizeOf } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { stepGraph } from "../../src/train/step/graphs.ts";
import { imageAim, imageBatch } from "../../src/tasks/images/task.ts";
import { inTraining } from "../../src/train/step/pass.ts";
import { prepareProblem } from "../../src/train/setup.ts";
import { tiny } from "../train/tiny.ts";

const plan = (graph: Graph): NativeProgram => planProgram(graph, "test", { fused: true });
const isTile = (instruction: Instruction): instruction is TileInstruction => instruction.kind === "tile";
const large = ({ extents: [N, M, C] }: TileInstruction): boolean => N * M * C >= 1 << 16;
const passesOf = (graph: Graph): TileInstruction[] => plan(graph).instructions.filter(isTile).filter(large);

describe("passes", () => {
  const image = float([64, 16, 16, 16]);

  test("a chain of element-wise ops is one pass that reads and writes once", () => {
    const graph = trace((x, y) => [relu(add(mul(x, 2), mul(y, x)))], [image, image]);
    const [pass, ...more] = passesOf(graph);
    expect(more).toEqual([]);
    expect(pass).toMatchObject({ extents: [1, 1, 64 * 16 * 16 * 16], constants: [2], sums: [] });
    expect(pass!.loads).toHaveLength(2);
    expect(pass!.stores).toHaveLength(1);
  });

  test("sums of one array are taken as it is read; what needs the sums waits for the next pass", () => {
    const graph = trace(
      (x) => {
        const total = sum(x, [0, 2, 3]);
        return [sub(x, total), sumAll(mul(x, x))];
      },
      [image],
    );
    const passes = passesOf(graph);
    expect(passes.map(({ sums, stores }) => [sums.length, stores.length])).toEqual([
      [2, 0],
      [0, 1],
    ]);
    // Channels are innermost in memory: an array with one entry per channel has a stride only along C.
    expect(passes[1]!.loads.map(({ strides }) => strides)).toContainEqual([0, 0, 1]);
  });

  test("a cheap value is computed again where it is used; an expensive one is stored", () => {
    const twice = (f: (x: Value) => Value) =>
      trace(
        (x) => {
          const y = f(x);
          return [sub(y, sum(y, [0, 2, 3]))];
        },
        [image],
      );
    expect(passesOf(twice((x) => mul(x, x))).map(({ stores }) => stores.length)).toEqual([0, 1]);
    expect(passesOf(twice(exp)).map(({ stores }) => stores.length)).toEqual([1, 1]);
  });

  test("convolution, batch norm and ReLU: three passes forward, two backward", () => {
    const graph = simplify(
      trace(
        (x, w, scale, offset) => {
          const y = conv2d(x, w, { stride: 1, pad: 1 });
          const axes = [0, 2, 3];
          const centred = sub(y, mul(sum(y, axes), 1 / (64 * 256)));
          const normal = mul(centred, mul(sum(mul(centred, centred), axes), 1 / (64 * 256)));
          const out = relu(add(mul(normal, reshape(scale, [1, 16, 1, 1])), reshape(offset, [1, 16, 1, 1])));
          // A second convolution reads the image.
          return [
            conv2d(out, w, { stride: 1, pad: 1 }),
            ...gradient(sumAll(conv2d(out, w, { stride: 1, pad: 1 })), [w, scale]),
          ];
        },
        [image, float([16, 16, 3, 3]), float([16]), float([16])],
      ),
    );
    const passes = passesOf(graph).filter(({ loads }) => loads.length > 1 || loads[0]!.strides[1] !== 0);
    const reading = passes.filter(({ sums, stores }) => sums.length + stores.length > 0);
    expect(reading.length).toBeLessThanOrEqual(5);
  });

  test("two convolutions that are added share one array", () => {
    const kernel = float([16, 16, 3, 3]);
    const window = { stride: 1, pad: 1 };
    const graph = trace(
      (x, w, u, v) => [add(conv2d(x, w, window), conv2d(u, v, window))],
      [image, kernel, image, kernel],
    );
    const { instructions } = plan(graph);
    expect(instructions.map((i) => [i.kind, i.kind === "convolution" && i.accumulate])).toEqual([
      ["convolution", false],
      ["convolution", true],
    ]);
  });
});

/** Slots that an instruction reads, and the ones that it writes. */
function touched(instruction: Instruction): { reads: number[]; writes: number[] } {
  switch (instruction.kind) {
    case "row":
      return { reads: [...instruction.in], writes: [instruction.out] };
    case "convolution": {
      const { a, b, out, accumulate } = instruction;
      return { reads: accumulate ? [a, b, out] : [a, b], writes: [out] };
    }
    case "tile":
      return {
        reads: instruction.loads.map(({ slot }) => slot),
        writes: [...instruction.stores, ...instruction.sums].map(({ slot }) => slot),
      };
  }
}

/** Runs a program over a simulated workspace that records the last writer of each 64 bytes. */
function checkMemory({ slots, instructions, bytes }: NativeProgram): void {
  const writer = new Int32Array(bytes / 64).fill(-1);
  const behind = new Map<number, readonly number[]>();
  const owners = (slot: number): readonly number[] => behind.get(slot) ?? [slot];
  const blocks = (slot: number): [number, number] => {
    const { shape, dtype, offset } = slots[slot]!;
    const size = shape.reduce((product, extent) => product * extent, dtype === "bfloat16" ? 2 : 4);
    return [offset / 64, Math.ceil((offset + size) / 64)];
  };
  instructions.forEach((instruction, at) => {
    const { reads, writes } = touched(instruction);
    for (const slot of reads.flatMap(owners)) {
      if (slots[slot]!.kind !== "work") continue;
      const [from, to] = blocks(slot);
      for (let i = from; i < to; i++)
        if (writer[i] !== slot)
          throw new Error(`instruction ${at} reads slot ${slot} after slot ${writer[i]} was written there`);
    }
    for (const slot of writes) {
      if (slots[slot]!.kind === "view") behind.set(slot, reads.flatMap(owners));
      if (slots[slot]!.kind !== "work") continue;
      const [from, to] = blocks(slot);
      expect(from).toBe(Math.floor(from));
      expect(to).toBeLessThanOrEqual(writer.length);
      writer.fill(slot, from, to);
    }
    // An instruction reads a slot that it writes only if it accumulates.
    const shared = writes.filter((slot) => reads.includes(slot));
    expect(shared.length === 0 || (instruction.kind === "convolution" && instruction.accumulate)).toBe(true);
  });
}

describe("memory", () => {
  const aim = imageAim(
    [3, 16, 16],
    Array.from({ length: 10 }, (_, i) => String(i)),
  );
  const problem = prepareProblem(tiny({ student: "resnet8", interaction: "deep" }), aim);
  const images = inTraining(imageBatch([3, 16, 16], 16));
  test.each([
    ["a training step", () => stepGraph(problem, images).graph],
    ["an adjoint step", () => simplify(adjointGraph(problem.inner, images, "float").graph)],
    ["the last adjoint step", () => simplify(lastAdjointGraph(problem.inner, images, "float").graph)],
  ])("%s: nothing is overwritten that is still to be read", (_name, graph) => {
    checkMemory(plan(graph()));
  });

  test("activations inside blocks are computed again for the backward pass instead of being kept", () => {
    const large = prepareProblem(tiny({ student: "resnet20" }), imageAim([3, 32, 32], ["a", "b"]));
    const { graph } = stepGraph(large, inTraining(imageBatch([3, 32, 32], 16)));
    // Each of the 19 convolutions makes a result and, after batch norm and ReLU, an image of the same size.
    const convolutions = topological(graph.outputs).filter(({ op }) => op === "conv2d");
    const kept = convolutions.reduce((total, { shape }) => total + 4 * sizeOf(shape), 0);
    expect(convolutions).toHaveLength(19);
    // 9 of the 19 images are recomputed; those of the last stage are too small to matter here.
    expect(plan(graph).bytes).toBeLessThan(1.7 * kept);
  });

  test("arrays that live at the same time do not overlap, and the block is no larger than it must be by much", () => {
    const random = new Random(1, "lives");
    const lives = Array.from({ length: 300 }, () => {
      const first = random.integer(100);
      return { bytes: 4 * (1 + random.integer(5000)), first, last: first + random.integer(12) };
    });
    const { offsets, bytes } = placeInWorkspace(lives);
    lives.forEach((a, i) => {
      lives.slice(0, i).forEach((b, j) => {
        const together = a.first <= b.last && b.first <= a.last;
        const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
        expect(!together || apart).toBe(true);
      });
    });
    const peak = Math.max(
      ...Array.from({ length: 112 }, (_, at) =>
        lives.filter(({ first, last }) => first <= at && at <= last).reduce((total, life) => total + life.bytes, 0),
      ),
    );
    expect(bytes).toBeGreaterThanOrEqual(peak);
    expect(bytes).toBeLessThan(1.3 * peak);
  });
});
