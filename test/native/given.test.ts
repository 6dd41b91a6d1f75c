/** The addon checks what JavaScript hands it, whoever calls it: kinds, lengths, detached memory, numbers, handles. */
import { describe, expect, test } from "vitest";
import { hasTorch } from "../engines/torch-here.ts";
import { loadAddon } from "../../src/engines/torch/addon.ts";
import type { Addon } from "../../src/engines/torch/addon.ts";
import { planProgram } from "../../src/engines/torch/plan/plan.ts";
import type { NativeArray, NativeProgram, NativeSession, Slot } from "../../src/engines/torch/program.ts";
import { trace } from "../../src/graph/graph.ts";
import { add, mul } from "../../src/ops/elementwise.ts";
import { gather } from "../../src/ops/gather.ts";
import { float, int } from "../../src/tensor.ts";

const SETTINGS = { device: "cpu", threads: 1, tf32: false, deterministic: false } as const;

/** A Float32Array of 6 whose buffer now belongs to somebody else. */
function transferred(): Float32Array {
  const data = new Float32Array(6);
  structuredClone(data.buffer, { transfer: [data.buffer] });
  return data;
}

/** Six floats that end a buffer which then shrinks. */
function shrunk(): Float32Array {
  type Resizable = ArrayBuffer & { resize(length: number): void };
  const buffer = new (ArrayBuffer as unknown as new (n: number, o: object) => Resizable)(24, { maxByteLength: 24 });
  const data = new Float32Array(buffer);
  buffer.resize(8);
  return data;
}

describe.runIf(hasTorch)("the addon", () => {
  const addon = hasTorch ? loadAddon() : (undefined as unknown as Addon);
  /** Calls with values that the types forbid. */
  const call = (name: keyof Addon, ...args: unknown[]): unknown =>
    (addon[name] as unknown as (...all: unknown[]) => unknown)(...args);
  const program = planProgram(
    trace((x, y) => [add(mul(x, y), y)], [float([2, 3]), float([2, 3])]),
    "six",
    {
      fused: true,
    },
  );
  const session = (): NativeSession => addon.compile(program, SETTINGS);
  const six = (): NativeArray => addon.upload(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3], "cpu");

  test.each<[string, unknown[], typeof TypeError | typeof RangeError, string]>([
    ["nothing", [], TypeError, "shape: expected an array, got undefined"],
    ["no shape", [new Float32Array(6)], TypeError, "shape: expected an array, got undefined"],
    [
      "a shape of texts",
      [new Float32Array(6), ["2"], "cpu"],
      TypeError,
      'shape[0]: expected a number, got the text "2"',
    ],
    ["a negative extent", [new Float32Array(6), [-2, 3], "cpu"], RangeError, "shape: expected extents from 0 on"],
    ["a NaN", [new Float32Array(6), [2, NaN], "cpu"], RangeError, "shape[1]: expected a whole number"],
    ["half an extent", [new Float32Array(6), [1.5, 4], "cpu"], RangeError, "got 1.5"],
    ["a product past 2^64", [new Float32Array(6), [2 ** 33, 2 ** 33], "cpu"], RangeError, "a product of at most"],
    ["past 2^64 but for a 0", [new Float32Array(0), [0, 2 ** 33, 2 ** 33], "cpu"], RangeError, "a product of at most"],
    [
      "too few",
      [new Float32Array(5), [2, 3], "cpu"],
      RangeError,
      "data: expected 6 numbers for the shape [2, 3], got 5",
    ],
    [
      "too many",
      [new Int32Array(7), [2, 3], "cpu"],
      RangeError,
      "data: expected 6 numbers for the shape [2, 3], got 7",
    ],
    [
      "doubles",
      [new Float64Array(6), [2, 3], "cpu"],
      TypeError,
      "a Float32Array or Int32Array, got a Float64Array of 6",
    ],
    ["bytes", [new Uint8Array(24), [2, 3], "cpu"], TypeError, "got a Uint8Array of 24"],
    ["a DataView", [new DataView(new ArrayBuffer(24)), [2, 3], "cpu"], TypeError, "data: expected a Float32Array"],
    ["a plain array", [[1, 2, 3, 4, 5, 6], [2, 3], "cpu"], TypeError, "got an array of 6"],
    ["transferred memory", [transferred(), [2, 3], "cpu"], TypeError, "whose buffer was transferred or detached"],
    ["shrunk memory", [shrunk(), [2, 3], "cpu"], RangeError, "data: expected 6 numbers for the shape [2, 3], got 2"],
    ["no device", [new Float32Array(6), [2, 3]], TypeError, "device: expected a text, got undefined"],
  ])("upload of %s", (_what, args, kind, message) => {
    expect(() => call("upload", ...args)).toThrow(kind);
    expect(() => call("upload", ...args)).toThrow(message);
  });

  test("a shape whose reading transfers the data", () => {
    const data = new Float32Array(6);
    const shape = [2, 3];
    Object.defineProperty(shape, 1, {
      get() {
        structuredClone(data.buffer, { transfer: [data.buffer] });
        return 3;
      },
    });
    expect(() => call("upload", data, shape, "cpu")).toThrow("whose buffer was transferred or detached");
  });

  test("what is right still passes: shared memory, part of a buffer, no elements", () => {
    const shared = new Float32Array(new SharedArrayBuffer(24)).fill(7);
    expect([...addon.read(call("upload", shared, [6], "cpu") as NativeArray)]).toEqual([7, 7, 7, 7, 7, 7]);
    const part = Int32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect([...addon.read(addon.upload(part, [2], "cpu"))]).toEqual([2, 3]);
    expect(addon.read(addon.upload(new Float32Array(0), [0, 4], "cpu"))).toEqual(new Float32Array(0));
  });

  test.each<[string, () => unknown, typeof TypeError | typeof RangeError, string]>([
    ["no list", () => undefined, TypeError, "inputs: expected an array, got undefined"],
    ["one array too few", () => [six()], RangeError, "inputs: expected 2 arrays, got 1"],
    ["one array too many", () => [six(), six(), six()], RangeError, "inputs: expected 2 arrays, got 3"],
    ["a hole", () => [six(), undefined], TypeError, "inputs[1]: expected an array of the torch engine, got undefined"],
    ["a number", () => [-1, six()], TypeError, "inputs[0]: expected an array of the torch engine, got -1"],
    ["a program's handle", () => [six(), session()], TypeError, "inputs[1]: expected an array of the torch engine"],
    [
      "an empty list of 4 billion",
      () => new Array<undefined>(2 ** 32 - 1),
      TypeError,
      "inputs[0]: expected an array of the torch",
    ],
    [
      "another shape of as many elements",
      () => [six(), addon.upload(new Float32Array(6), [3, 2], "cpu")],
      RangeError,
      "inputs[1]: expected float [2, 3] on cpu, got float [3, 2] on cpu",
    ],
    [
      "fewer elements",
      () => [addon.upload(new Float32Array(1), [1], "cpu"), six()],
      RangeError,
      "inputs[0]: expected float [2, 3] on cpu, got float [1] on cpu",
    ],
    [
      "integers",
      () => [six(), addon.upload(new Int32Array(6), [2, 3], "cpu")],
      TypeError,
      "inputs[1]: expected float [2, 3] on cpu, got int [2, 3] on cpu",
    ],
  ])("a run on %s", (_what, inputs, kind, message) => {
    for (const name of ["run", "profile"] as const) {
      expect(() => call(name, session(), inputs())).toThrow(kind);
      expect(() => call(name, session(), inputs())).toThrow(message);
    }
  });

  test.each([undefined, null, 0, -1, 2 ** 53, "x", {}, [], () => 1, Symbol("s"), 10n])("the handle %s", (handle) => {
    expect(() => call("run", handle, [])).toThrow(TypeError);
    expect(() => call("run", handle, [])).toThrow("session: expected a compiled program, got ");
    expect(() => call("close", handle)).toThrow("session: expected a compiled program, got ");
    expect(() => call("read", handle)).toThrow("array: expected an array of the torch engine, got ");
    expect(() => call("read", session())).toThrow("array: expected an array of the torch engine, got a handle");
    expect(() => call("run", six(), [])).toThrow("session: expected a compiled program, got a handle");
  });

  test("a closed program", () => {
    const closed = session();
    addon.close(closed);
    expect(() => addon.run(closed, [six(), six()])).toThrow("expected an open program, got one that was closed");
    addon.close(closed);
  });

  test.each<[object | undefined, string]>([
    [undefined, "settings: expected an object, got undefined"],
    [{ threads: 0 }, "threads: expected a number from 1 to 1024, got 0"],
    [{ threads: -1 }, "threads: expected a number from 1 to 1024, got -1"],
    [{ threads: 100_000 }, "threads: expected a number from 1 to 1024, got 100000"],
    [{ threads: NaN }, "settings.threads: expected a whole number"],
    [{ threads: 2 ** 40 }, "settings.threads: expected a whole number"],
    [{ threads: "2" }, 'settings.threads: expected a number, got the text "2"'],
    [{ device: 1 }, "settings.device: expected a text, got 1"],
    [{ device: "gpu" }, "expected the device cpu or cuda, got gpu"],
    [{ tf32: undefined }, "settings.tf32: expected true or false, got undefined"],
  ])("settings %o", (change, message) => {
    expect(() => call("compile", program, change && { ...SETTINGS, ...change })).toThrow(message);
  });

  describe("programs whose parts do not fit together", () => {
    const lookup = planProgram(
      trace((table, index) => [mul(gather(table, index), 2)], [float([4, 3]), int([2])]),
      "rows",
      {
        fused: true,
      },
    );
    const slot = (at: number, change: Partial<Slot>) => (from: NativeProgram) => ({
      ...from,
      slots: from.slots.map((one, i) => (i === at ? { ...one, ...change } : one)),
    });
    const step = (at: number, change: object) => (from: NativeProgram) => ({
      ...from,
      instructions: from.instructions.map((one, i) => (i === at ? { ...one, ...change } : one)),
    });

    test("the plan is as the cases below suppose", () => {
      expect(lookup.slots.map(({ kind }) => kind)).toEqual(["input", "input", "work", "output"]);
      expect(lookup.instructions.map(({ kind }) => kind)).toEqual(["row", "tile"]);
    });

    test.each<[string, (from: NativeProgram) => unknown, string]>([
      ["no program", () => undefined, "program: expected an object, got undefined"],
      ["a missing list", ({ slots: _, ...rest }) => rest, "slots: expected an array, got undefined"],
      ["a slot that is none", (from) => ({ ...from, slots: [5] }), "slots[0]: expected an object, got 5"],
      [
        "an unknown kind of slot",
        slot(2, { kind: "heap" as "work" }),
        "slots[2].kind: expected one of input, output, view, work; got",
      ],
      ["a product that overflows", slot(2, { shape: [2 ** 32, 2 ** 32] }), "slot 2: expected extents from 0 on"],
      [
        "an offset outside",
        slot(2, { offset: 64 }),
        "slot 2: expected 24 bytes inside a workspace of 64 at a multiple of 4, got the offset 64",
      ],
      ["a negative offset", slot(2, { offset: -4 }), "got the offset -4"],
      ["a crooked offset", slot(2, { offset: 2 }), "got the offset 2"],
      ["a workspace of less than nothing", (from) => ({ ...from, bytes: -1 }), "workspace: expected a size from 0 to"],
      [
        "an input that is none",
        (from) => ({ ...from, inputs: [0, 2] }),
        "inputs: expected each input's slot once, got slot 2",
      ],
      [
        "an input twice",
        (from) => ({ ...from, inputs: [0, 0] }),
        "inputs: expected each input's slot once, got slot 0",
      ],
      ["an input that is left out", (from) => ({ ...from, inputs: [0] }), "inputs: expected slot 1 among them"],
      [
        "an output that is not there",
        (from) => ({ ...from, outputs: [4] }),
        "outputs: expected one of the 4 slots, got slot 4",
      ],
      [
        "an output in the workspace",
        (from) => ({ ...from, outputs: [2] }),
        "outputs: expected an array of its own, got slot 2",
      ],
      [
        "an output nobody writes",
        (from) => ({ ...from, instructions: from.instructions.slice(0, 1) }),
        "outputs: expected slot 3 to be written",
      ],
      ["an unknown op", step(0, { op: "nonsense" }), 'has no rule for the op "nonsense"'],
      [
        "an operand too few",
        step(0, { in: [0] }),
        "gather %0:f[4,3] %1:i[2]: expected 2 operands, got 1: float [4, 3]",
      ],
      ["a slot that is not there", step(0, { in: [0, 9] }), "expected one of the 4 slots, got slot 9"],
      ["a slot below 0", step(0, { out: -1 }), "got slot -1"],
      ["a slot read before it is written", step(0, { in: [2, 1] }), "expected slot 2 to be written before it is read"],
      [
        "a row's result of another shape",
        step(0, { out: 0 }),
        "expected slot 0 to be float [2, 3], got 0, float [4, 3]",
      ],
      [
        "strides that leave an array",
        step(1, { loads: [{ slot: 2, strides: [1, 3, 1] }], extents: [2, 1, 6] }),
        "expected strides that stay inside slot 2",
      ],
      [
        "negative strides",
        step(1, { loads: [{ slot: 2, strides: [0, 0, -1] }] }),
        "expected strides that stay inside slot 2",
      ],
      ["extents of another number", step(1, { extents: [1, 6] }), "extents: expected 3 numbers, got 2"],
      [
        "a larger domain than its result",
        step(1, { extents: [1, 1, 7], loads: [] }),
        "expected 7 elements, got slot 3, float [2, 3]",
      ],
      [
        "an operand that is not there",
        step(1, { stores: [{ slot: 3, operand: 99, bfloat16: false }] }),
        "names operand 99",
      ],
      [
        "a write into an input",
        step(1, { stores: [{ slot: 0, operand: 0, bfloat16: false }] }),
        "expected a slot to write to, got slot 0, an input",
      ],
      [
        "floats read from integers",
        step(1, { loads: [{ slot: 1, strides: [0, 0, 0] }] }),
        "expected Float, got slot 1, int [2]",
      ],
    ])("%s", (_what, mutate, message) => {
      expect(() => call("compile", mutate(lookup), SETTINGS)).toThrow(message);
    });
  });
});
