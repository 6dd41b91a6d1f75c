/** Arrays that do not fit end in the same errors on every engine, before anything reads them. */
import { beforeAll, describe, expect, test } from "vitest";
import type { DeviceTensor, Engine, Program } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { DtypeError, EngineError, ShapeError } from "../../src/errors.ts";
import { trace } from "../../src/graph/graph.ts";
import { mul } from "../../src/ops/elementwise.ts";
import { gather } from "../../src/ops/gather.ts";
import type { Tensor } from "../../src/tensor.ts";
import { float, int } from "../../src/tensor.ts";
import { torchRows } from "./torch-here.ts";

const floats = (shape: readonly number[], count = 6): Tensor => ({
  shape,
  dtype: "float",
  data: new Float32Array(count),
});
const integers = (shape: readonly number[], count = 2): Tensor => ({
  shape,
  dtype: "int",
  data: new Int32Array(count),
});
const transfer = ({ data }: Tensor): void =>
  void structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });

describe.each([
  { name: "reference", make: () => Promise.resolve(reference) },
  { name: "onnx", make: () => onnxEngine({ threads: 1, layout: "plain" }) },
  ...torchRows({ torch: { threads: 1 } }),
])("$name", ({ name, make }) => {
  let engine: Engine;
  let program: Program;
  beforeAll(async () => {
    engine = await make();
    program = await engine.compile(
      trace((table, index) => [mul(gather(table, index), 2)], [float([3, 2]), int([2])]),
      "rows",
    );
  });

  test.each<[string, unknown, typeof ShapeError | typeof DtypeError, string]>([
    [
      "too few numbers",
      floats([1000, 1000]),
      ShapeError,
      "upload: expected 1000000 numbers for shape [1000,1000], got 6",
    ],
    ["too many numbers", floats([2]), ShapeError, "upload: expected 2 numbers for shape [2], got 6"],
    [
      "a negative extent",
      floats([-2, -3]),
      ShapeError,
      "upload: expected a shape of whole numbers from 0 on, got [-2,-3]",
    ],
    ["half an extent", floats([1.5, 4]), ShapeError, "got [1.5,4]"],
    ["a NaN", floats([NaN]), ShapeError, "got [NaN]"],
    ["no shape", { dtype: "float", data: new Float32Array(1) }, ShapeError, "got undefined"],
    ["floats as integers", { ...floats([6]), dtype: "int" }, DtypeError, "got int with Float32Array"],
    ["integers as floats", { ...integers([2]), dtype: "float" }, DtypeError, "got float with Int32Array"],
    ["bytes", { shape: [4], dtype: "float", data: new Uint8Array(4) }, DtypeError, "got float with Uint8Array"],
    ["a plain array", { shape: [2], dtype: "float", data: [1, 2] }, DtypeError, "got float with Array"],
    ["no data", { shape: [2], dtype: "float" }, DtypeError, "got float with Undefined"],
    ["another dtype", { ...floats([6]), dtype: "double" }, DtypeError, "got double with Float32Array"],
  ])("upload of %s", (_what, array, kind, message) => {
    expect(() => engine.upload(array as Tensor)).toThrow(kind);
    expect(() => engine.upload(array as Tensor)).toThrow(message);
  });

  test("upload of an array whose memory was transferred", () => {
    const gone = floats([3, 2]);
    transfer(gone);
    expect(() => engine.upload(gone)).toThrow(ShapeError);
    expect(() => engine.upload(gone)).toThrow("expected 6 numbers for shape [3,2], got 0: its buffer was transferred");
  });

  test("an array whose memory is transferred after the upload is read whole or refused", async () => {
    const table = { ...floats([3, 2]), data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const kept = engine.upload(table);
    transfer(table);
    const run = program.run([kept, engine.upload(integers([2]))]);
    // onnxruntime keeps what it is given; the others have copied it.
    if (name !== "onnx") expect([...(await (await run)[0]!.read()).data]).toEqual([2, 4, 2, 4]);
    else await expect(run).rejects.toThrow("rows: input 1: expected 6 numbers for shape [3,2], got 0: its buffer was");
  });

  test.each<[string, (up: (x: Tensor) => DeviceTensor) => unknown, typeof ShapeError | typeof EngineError, string]>([
    ["no list", () => undefined, ShapeError, "rows: expected 2 inputs, got undefined"],
    ["an input too few", (up) => [up(floats([3, 2]))], ShapeError, "rows: expected 2 inputs, got 1"],
    [
      "another shape",
      (up) => [up(floats([2, 3])), up(integers([2]))],
      ShapeError,
      "rows: expected float [3,2] for input 1, got float [2,3]",
    ],
    [
      "another dtype",
      (up) => [up(floats([3, 2])), up(floats([2], 2))],
      ShapeError,
      "rows: expected int [2] for input 2, got float [2]",
    ],
    [
      "a host array",
      () => [floats([3, 2]), integers([2])],
      EngineError,
      "rows: expected input 1 to be a tensor of the",
    ],
    ["nothing", (up) => [up(floats([3, 2])), undefined], EngineError, "rows: expected input 2 to be a tensor of the"],
  ])("a run on %s", async (_what, inputs, kind, message) => {
    const run = async (): Promise<unknown> => program.run(inputs((x) => engine.upload(x)) as DeviceTensor[]);
    await expect(run()).rejects.toThrow(kind);
    await expect(run()).rejects.toThrow(message);
  });
});
