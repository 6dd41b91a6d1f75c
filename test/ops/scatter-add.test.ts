/** @file Sums of repeated rows do not vary from run to run: an embedding's gradient is one, and a resumed run needs it. */

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { trace } from "../../src/graph/graph.ts";
import { scatterAdd } from "../../src/ops/gather.ts";
import { Random } from "../../src/random.ts";
import { tensor } from "../../src/tensor.ts";
import { normal, relativeError } from "../laws/check.ts";
import { torchRows } from "../engines/torch-here.ts";

const RUNS = 60;

/** Rows `[N, D]` into few of V places, so that all of them repeat, and into many. */
function scatter(N: number, D: number, V: number) {
  const rows = normal({ shape: [N, D], dtype: "float" }, 1, "rows");
  const random = new Random(2, "index");
  const index = tensor(Int32Array.from({ length: N }, () => random.integer(V)));
  return { at: [rows, index], graph: trace((r, i) => [scatterAdd(r, i, V)], [rows, index]) };
}

const engines = [
  { name: "onnx, 2 threads", make: () => onnxEngine({ threads: 2 }) },
  { name: "onnx, 4 threads", make: () => onnxEngine({ threads: 4 }) },
  ...torchRows({ "torch, 2 threads": { threads: 2 }, "torch, 4 threads": { threads: 4 } }),
];

describe.each(engines)("$name", ({ make }) => {
  // With one ScatterND, 60 runs of the first two gave 21 and 40 results on the ONNX engine's 2 threads.
  test.each([
    [8192, 64, 20],
    [4096, 128, 4000],
    [2048, 512, 50],
    [3, 200_000, 2],
    [0, 4, 3],
  ])("%d rows of %d numbers into %d: one result", { timeout: 120_000 }, async (N, D, V) => {
    const { at, graph } = scatter(N, D, V);
    const engine = await make();
    const program = await engine.compile(graph);
    const inputs = at.map((x) => engine.upload(x));
    const results = new Set<string>();
    for (let run = 0; run < RUNS; run++) {
      const { data } = await (await program.run(inputs))[0]!.read();
      results.add(
        createHash("sha256")
          .update(data as Float32Array)
          .digest("hex"),
      );
    }
    await program.close();
    expect(results.size).toBe(1);
    const [[want], [got]] = [await runOnce(reference, graph, at), await runOnce(engine, graph, at)];
    expect(relativeError(got!, want!)).toBeLessThan(1e-5);
  });
});
