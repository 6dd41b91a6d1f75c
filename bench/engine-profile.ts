/**
 * @file Times the programs of a training run in the ONNX engine, beside PyTorch's step, and says where the time goes.
 *
 *     npx tsc -p bench && node .build/bench/bench/engine-profile.js --pytorch --rounds 3
 *     node .build/bench/bench/engine-profile.js --graphs step,validation,adjoint,lastAdjoint,evaluation --layouts auto --ops --shapes
 */

import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { onnxEngine } from "../src/engines/onnx/onnx.ts";
import { profileOps } from "./op-profile.ts";
import { graphsOf, inputsOf, prepare, trainingProblem } from "./workload.ts";

const { values: options } = parseArgs({
  options: {
    student: { type: "string", default: "resnet32" },
    batch: { type: "string", default: "128" },
    steps: { type: "string", default: "15" },
    rounds: { type: "string", default: "1" },
    graphs: { type: "string", default: "step" },
    threads: { type: "string", default: "2" },
    layouts: { type: "string", default: "plain,auto" },
    ops: { type: "boolean", default: false },
    shapes: { type: "boolean", default: false },
    pytorch: { type: "boolean", default: false },
    python: { type: "string", default: "python3" },
  },
});
const batch = Number(options.batch);
const threads = Number(options.threads);

/** Wall and processor time of one run. With one thread, processor time says what the work costs on a busy machine too. */
interface Timing {
  readonly wall: number;
  readonly cpu: number;
}

function summary(timings: readonly Timing[]): string {
  const sorted = (key: keyof Timing): number[] => timings.map((timing) => timing[key]).toSorted((a, b) => a - b);
  const [wall, cpu] = [sorted("wall"), sorted("cpu")];
  const middle = timings.length >> 1;
  return `min ${wall[0]!.toFixed(0)} median ${wall[middle]!.toFixed(0)} ms, processor min ${cpu[0]!.toFixed(0)} median ${cpu[middle]!.toFixed(0)} ms`;
}

async function time(run: () => Promise<unknown>): Promise<Timing> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(before);
  return { wall: performance.now() - start, cpu: (user + system) / 1e3 };
}

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
  process.stdout.write(execFileSync(options.python, [...args, "--steps", options.steps], { encoding: "utf8" }));
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
    const timings: Timing[] = [];
    for (let i = 0; i < Number(options.steps) + 3; i++) timings.push(await time(() => program.run(inputs)));
    const rss = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
    console.log(
      `${name} ${layout}: ${summary(timings.slice(3))}, compiled in ${compileMs.toFixed(0)} ms, RSS ${rss} MiB`,
    );
    await program.close();
    if (options.ops) {
      const block = engine.layout === "NCHW" ? undefined : Number(engine.layout.slice("NCHWc".length));
      const rows = await profileOps(
        graph,
        inputsOf(graph, problem),
        { block, threads },
        { byShape: options.shapes, runs: Number(options.steps) + 3 },
      );
      console.log(`  all nodes ${rows.reduce((total, { ms }) => total + ms, 0).toFixed(1)} ms`);
      for (const { what, nodes, ms } of rows.slice(0, 40))
        console.log(`  ${ms.toFixed(2).padStart(8)} ms  ×${nodes}  ${what}`);
    }
  }
}
