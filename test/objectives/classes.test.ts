import { describe, expect, test } from "vitest";
import { runOnce } from "../../src/engines/engine.ts";
import { onnxEngine } from "../../src/engines/onnx/onnx.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { traceNamed } from "../../src/graph/named.ts";
import { classObjective } from "../../src/objectives/classes.ts";
import { fill } from "../../src/ops/broadcast.ts";
import { tensor } from "../../src/tensor.ts";
import { torchEngine } from "../../src/engines/torch/torch.ts";
import { hasTorch } from "../engines/torch-here.ts";

const objective = classObjective(["a", "b", "c"]);
// A clear answer, a tie of the first two, a tie of all, a wrong answer.
const logits = tensor([0, 1, 5, 2, 2, -1, 3, 3, 3, 1, 0, -4], [4, 3]);
const labels = tensor(Int32Array.of(2, 1, 0, 2));
const engines = {
  reference: () => reference,
  onnx: () => onnxEngine({ threads: 1 }),
  ...(hasTorch ? { torch: () => torchEngine({ threads: 1 }) } : {}),
};

describe.each(Object.keys(engines))("judgement on %s", (name) => {
  test("predictions are the largest logits, the first one on ties, and errors are predictions that differ from the labels", async () => {
    const named = traceNamed(
      (x) => {
        const view = objective.look({ output: x.logits, internals: { I0: fill(0, [4, 1]) } }, { labels: x.labels });
        const { nll, errors, predictions } = objective.judge(view);
        return { nll, errors, predictions };
      },
      { logits, labels },
    );
    const engine = await engines[name as keyof typeof engines]!();
    const outputs = await runOnce(engine, named.graph, named.flatten({ logits, labels }));
    const { nll, errors, predictions } = named.unflatten(outputs);
    expect(Array.from(predictions.data)).toEqual([2, 0, 0, 0]);
    expect(Array.from(errors.data)).toEqual([0, 1, 0, 1]);
    expect(nll.data[2]).toBeCloseTo(Math.log(3), 6);
    const evaluator = objective.evaluator();
    evaluator.add({ nll, errors, predictions }, { labels });
    const result = evaluator.result();
    expect(result.scores["error"]).toEqual({ value: 0.5, unit: "share", better: "lower" });
    expect(result.confusion).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [1, 0, 1],
    ]);
    expect(objective.standing(result)).toBe(0.5);
  });
});
