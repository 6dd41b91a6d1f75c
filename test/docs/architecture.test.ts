import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { trace } from "../../src/graph/graph.ts";
import { printGraph } from "../../src/graph/print.ts";
import type { Value } from "../../src/graph/value.ts";
import { sumAll } from "../../src/ops/broadcast.ts";
import { relu } from "../../src/ops/elementwise.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { simplify } from "../../src/ops/simplify.ts";
import { float } from "../../src/tensor.ts";
import { gradient } from "../../src/transform/grad.ts";
import { jvp } from "../../src/transform/jvp.ts";

const page = readFileSync(new URL("../../docs/architecture.md", import.meta.url), "utf8");
const f = (x: Value, w: Value): Value => sumAll(relu(matmul(x, w)));
const specs = [float([2, 3]), float([3, 1])];

test.each([
  ["trace", () => trace((x, w) => [f(x, w)], specs)],
  ["jvp", () => trace((x, w, dw) => [jvp([f(x, w)], [w], [dw])[0]!], [...specs, float([3, 1])])],
  ["transposition", () => simplify(trace((x, w) => gradient(f(x, w), [w]), specs))],
])("docs/architecture.md shows what %s really prints", (_stage, graph) => {
  expect(page).toContain(printGraph(graph()));
});
