/** @file Our side of the race on a Transformer that translates, and what both sides are given: parameters and batches. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { selectEngine } from "../src/engines/select.ts";
import { methodOf } from "../src/methods/methods.ts";
import { transformer } from "../src/models/sequences/transformer.ts";
import { tokenObjective } from "../src/objectives/tokens.ts";
import { START } from "../src/objectives/view.ts";
import { Random } from "../src/random.ts";
import { decodeTensors, encodeTensors } from "../src/safetensors.ts";
import { median } from "../src/statistics.ts";
import type { Batch } from "../src/tasks/batches.ts";
import type { Tensor } from "../src/tensor.ts";
import { float, int, tensor } from "../src/tensor.ts";
import { trainSchema } from "../src/train/config.ts";
import { TrainingProblem } from "../src/train/step/problem.ts";
import { Trainer } from "../src/train/step/trainer.ts";
import { entries } from "../src/tree.ts";

/** Students and shapes: pairs of a batch, places of either side. */
export const SIZES = {
  small: { width: 128, inner: 256, heads: 4, layers: 3, vocabulary: 4050, pairs: 128, places: 16 },
  wide: { width: 256, inner: 512, heads: 4, layers: 3, vocabulary: 4050, pairs: 128, places: 16 },
  iwslt: { width: 128, inner: 256, heads: 4, layers: 3, vocabulary: 10_000, pairs: 48, places: 40 },
  /** For a quick test. */
  little: { width: 16, inner: 32, heads: 2, layers: 1, vocabulary: 40, pairs: 6, places: 5 },
} as const;
export type SizeName = keyof typeof SIZES;

const STEPS = 4;
const [END, FIRST_WORD] = [2, 4];

function studentOf(size: SizeName) {
  const { vocabulary } = SIZES[size];
  const form = {
    inputs: { source: int([1, 1]), sourceReal: float([1, 1]), previous: int([1, 1]), real: float([1, 1]) },
    outputs: vocabulary,
  };
  return { student: transformer(size, SIZES[size], 0, form), form };
}

/** Random pairs without padding. */
function pairsOf(size: SizeName, stream: number): Record<string, Tensor> {
  const { vocabulary, pairs: N, places } = SIZES[size];
  const random = new Random(7, "race", stream);
  const side = (): Int32Array =>
    Int32Array.from({ length: N * places }, (_, i) =>
      i % places === places - 1 ? END : FIRST_WORD + random.integer(vocabulary - FIRST_WORD),
    );
  const target = side();
  const ones = tensor(new Float32Array(N * places).fill(1), [N, places]);
  const previous = target.map((_, i) => (i % places === 0 ? END : target[i - 1]!));
  return {
    source: tensor(side(), [N, places]),
    sourceReal: ones,
    previous: tensor(previous, [N, places]),
    target: tensor(target, [N, places]),
    real: ones,
  };
}

/** Writes the file of both sides: parameters, four training batches and one for validation. */
export function writeGiven(size: SizeName, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const { student } = studentOf(size);
  const tensors = new Map<string, Tensor>();
  for (const [name, x] of entries(student.init(1).params)) tensors.set(`theta.${name}`, x);
  for (let i = 0; i <= STEPS; i++) {
    for (const [name, x] of Object.entries(pairsOf(size, i))) tensors.set(`batch.${i}.${name}`, x);
  }
  const { width, heads, layers } = SIZES[size];
  const metadata = { width: `${width}`, heads: `${heads}`, layers: `${layers}` };
  const path = `${folder}/${size}.safetensors`;
  writeFileSync(path, Buffer.concat(encodeTensors({ tensors, metadata })));
  return path;
}

/** Milliseconds of the clock and of the processor. */
async function timed(work: () => Promise<unknown>): Promise<readonly [wall: number, cpu: number]> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return [performance.now() - started, (user + system) / 1000];
}

/** Median times of steps and updates in an engine, and the numbers that both sides must share. */
export async function measure(
  size: SizeName,
  given: string,
  engineName: "torch" | "onnx",
  threads: number,
  repeats: number,
) {
  const { vocabulary, pairs } = SIZES[size];
  const { tensors } = decodeTensors(readFileSync(given), given);
  const { student, form } = studentOf(size);
  const config = trainSchema.parse({ method: "deep", batch: pairs, validBatch: pairs, weightDecay: 1e-4 });
  const objective = tokenObjective({ vocabulary, smoothing: 0.1, smoothedOver: "all", unit: "token" });
  const problem = new TrainingProblem(student, { objective, form, rows: pairs }, methodOf("deep"), config);
  const engine = await selectEngine(engineName, { ...config, threads });
  const trainer = new Trainer(engine, problem, config);
  const batchOf = (i: number): Batch => {
    const names = ["source", "sourceReal", "previous", "target", "real"];
    const arrays = Object.fromEntries(names.map((name) => [name, tensors.get(`batch.${i}.${name}`)!]));
    return { arrays, positions: Uint32Array.from({ length: pairs }, (_, n) => n), size: pairs };
  };
  const [losses, norms]: [number[], number[]] = [[], []];
  const [steps, updates]: [Awaited<ReturnType<typeof timed>>[], Awaited<ReturnType<typeof timed>>[]] = [[], []];
  for (let repeat = 0; repeat <= repeats; repeat++) {
    for (let i = 0; i < STEPS; i++) {
      const step = async () => {
        const { loss } = await trainer.step(
          { batch: batchOf(i), rate: 0.01, moment: START },
          config.teacherEvery - STEPS + i,
        );
        losses.push(loss);
      };
      steps.push(await timed(step));
    }
    updates.push(await timed(async () => norms.push((await trainer.learn(batchOf(STEPS))).gradientNorm)));
  }
  await trainer.close();
  const over = (runs: typeof steps, at: 0 | 1): number => median(runs.map((run) => run[at]))!;
  const [warmSteps, warmUpdates] = [steps.slice(STEPS), updates.slice(1)];
  const period = (at: 0 | 1): number => config.teacherEvery * over(warmSteps, at) + over(warmUpdates, at);
  return {
    stepMs: over(warmSteps, 0),
    teacherUpdateMs: over(warmUpdates, 0),
    periodMs: period(0),
    stepCpuMs: over(warmSteps, 1),
    teacherUpdateCpuMs: over(warmUpdates, 1),
    periodCpuMs: period(1),
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    losses: losses.slice(0, STEPS),
    gradientNorm: norms[0]!,
  };
}
