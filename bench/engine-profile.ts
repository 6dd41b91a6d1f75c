/**
 * @file Times the programs of a training run in the ONNX engine, beside PyTorch's step, and says where the time goes.
 *
 *     npx tsc -p bench && node dist/bench/bench/engine-profile.js --graphs step,adjoint --layouts NCHW,blocked --pytorch --ops
 */

import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { onnxEngine } from "../src/engines/onnx/onnx.ts";
import { graphsOf, prepare, trainingProblem } from "./workload.ts";

const { values: options } = parseArgs({
  options: {
    student: { type: "string", default: "resnet32" },
    batch: { type: "string", default: "128" },
    steps: { type: "string", default: "15" },
    rounds: { type: "string", default: "1" },
    graphs: { type: "string", default: "step" },
    threads: { type: "string", default: "2" },
    layouts: { type: "string", default: "plain,auto" },
    pytorch: { type: "boolean", default: false },
  },
});
const batch = Number(options.batch);
const threads = Number(options.threads);

const milliseconds = (times: number[]): string => {
  const sorted = times.toSorted((a, b) => a - b);
  return `min ${sorted[0]!.toFixed(0)} median ${sorted[sorted.length >> 1]!.toFixed(0)} ms`;
};

function pytorch(): void {
  const depth = /^resnet(\d+)$/.exec(options.student)?.[1];
  if (!depth) return;
  const args = [
    "bench/peers/pytorch_step.py",
    "--depth",
    depth,
    "--batch",
    options.batch,
    "--threads",
    options.threads,
  ];
  process.stdout.write(execFileSync("/usr/bin/python3", [...args, "--steps", options.steps], { encoding: "utf8" }));
}

const problem = trainingProblem(options.student, batch);
const graphs = graphsOf(problem, batch);
for (let round = 0; round < Number(options.rounds); round++) {
  if (options.pytorch) pytorch();
  for (const [name, layout] of options.graphs
    .split(",")
    .flatMap((g) => options.layouts.split(",").map((l) => [g, l] as const))) {
    const engine = await onnxEngine({ threads, layout: layout === "plain" ? "plain" : "auto" });
    const graph = graphs[name]!();
    const { program, inputs, compileMs } = await prepare(engine, graph, problem, name);
    const times: number[] = [];
    for (let i = 0; i < Number(options.steps) + 3; i++) {
      const start = performance.now();
      await program.run(inputs);
      times.push(performance.now() - start);
    }
    const rss = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
    console.log(
      `${name} ${layout}: ${milliseconds(times.slice(3))}, compiled in ${compileMs.toFixed(0)} ms, RSS ${rss} MiB`,
    );
    await program.close();
  }
}
