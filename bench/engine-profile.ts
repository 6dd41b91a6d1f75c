/**
 * @file Times the programs of a training run in our engines and PyTorch's step, and breaks the time down.
 *
 *     npm run bench -- --pytorch --rounds 3
 *     npm run bench -- --graphs step,validation,adjoint,lastAdjoint,evaluation --engines torch --ops --shapes
 */

import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import type { Engine } from "../src/engines/engine.ts";
import { onnxEngine } from "../src/engines/onnx/onnx.ts";
import { torchEngine } from "../src/engines/torch/torch.ts";
import type { Graph } from "../src/graph/graph.ts";
import type { OpTime } from "./op-profile.ts";
import { profileOps } from "./op-profile.ts";
import { profileInstructions } from "./torch-profile.ts";
import { graphsOf, inputsOf, prepare, trainingProblem } from "./workload.ts";

const { values: options } = parseArgs({
  options: {
    student: { type: "string", default: "resnet32" },
    batch: { type: "string", default: "128" },
    steps: { type: "string", default: "15" },
    rounds: { type: "string", default: "1" },
    graphs: { type: "string", default: "step" },
    threads: { type: "string", default: "2" },
    // torch, torch-bf16, torch-ops (op by op), onnx, onnx-plain
    engines: { type: "string", default: "torch,onnx" },
    ops: { type: "boolean", default: false },
    shapes: { type: "boolean", default: false },
    pytorch: { type: "boolean", default: false },
    python: { type: "string", default: "python3" },
  },
});
const batch = Number(options.batch);
const threads = Number(options.threads);
const steps = Number(options.steps) + 3;

const makers: Readonly<Record<string, () => Promise<Engine>>> = {
  torch: () => Promise.resolve(torchEngine({ threads })),
  "torch-bf16": () => Promise.resolve(torchEngine({ threads, precision: "bf16" })),
  "torch-ops": () => Promise.resolve(torchEngine({ threads, fused: false })),
  onnx: () => onnxEngine({ threads }),
  "onnx-plain": () => onnxEngine({ threads, layout: "plain" }),
};

/** Wall and processor time of one run. With one thread, processor time measures the work even on a busy machine. */
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
  const settings = { depth, batch: options.batch, threads: options.threads, steps: options.steps };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  process.stdout.write(execFileSync(options.python, ["bench/peers/pytorch_step.py", ...args], { encoding: "utf8" }));
}

async function whereTimeGoes(engine: string, graph: Graph): Promise<OpTime[]> {
  const inputs = inputsOf(graph, problem);
  const how = { byShape: options.shapes, runs: steps };
  if (engine === "torch") return profileInstructions(graph, inputs, threads, how);
  if (!engine.startsWith("onnx")) return [];
  const { layout } = await onnxEngine({ layout: engine === "onnx" ? "auto" : "plain" });
  const block = layout === "NCHW" ? undefined : Number(layout.slice("NCHWc".length));
  return profileOps(graph, inputs, { block, threads }, how);
}

const problem = trainingProblem(options.student, batch);
const graphs = graphsOf(problem, batch);
for (let round = 0; round < Number(options.rounds); round++) {
  if (options.pytorch) pytorch();
  for (const name of options.graphs.split(",")) {
    for (const engineName of options.engines.split(",")) {
      const graph = graphs[name]!();
      const { program, inputs, compileMs } = await prepare(await makers[engineName]!(), graph, problem, name);
      const timings: Timing[] = [];
      for (let i = 0; i < steps; i++) timings.push(await time(() => program.run(inputs)));
      const rss = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
      console.log(
        `${name} ${engineName}: ${summary(timings.slice(3))}, compiled in ${compileMs.toFixed(0)} ms, RSS ${rss} MiB`,
      );
      await program.close();
      if (!options.ops) continue;
      const rows = await whereTimeGoes(engineName, graph);
      console.log(`  all ${rows.reduce((total, { ms }) => total + ms, 0).toFixed(1)} ms`);
      for (const { what, nodes, ms } of rows.slice(0, 40))
        console.log(`  ${ms.toFixed(2).padStart(8)} ms  ×${nodes}  ${what}`);
    }
  }
}
