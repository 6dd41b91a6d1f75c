/**
 * @file The race on a Transformer that translates: Algorithm 1 here and in PyTorch (bench/peers/translation.py) with the
 * same parameters, batches and threads, in float32. Every entrant runs in a process of its own, in rounds. Both sides must
 * give the same losses and the same norm of dM/dω before any figure counts.
 *
 *     npm run build && npm run race:translation -- --sizes small,wide,iwslt --rounds 2
 *     npm run race:translation -- --sizes little --rounds 1        a quick test
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { markdownTable } from "../src/format.ts";
import { median } from "../src/statistics.ts";
import type { SizeName } from "./translation.ts";
import { measure, SIZES, writeGiven } from "./translation.ts";

const ENTRANTS = ["torch", "onnx", "double_backward", "finite_difference"] as const;
type EntrantName = (typeof ENTRANTS)[number];

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "small,wide,iwslt" },
    entrants: { type: "string", default: ENTRANTS.join() },
    rounds: { type: "string", default: "2" },
    repeats: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    python: { type: "string", default: "/usr/bin/python3" },
    json: { type: "string" },
    /** Runs one of our engines and prints its result: what the race does in a process of its own. */
    entrant: { type: "string" },
    given: { type: "string" },
  },
});

type Result = Awaited<ReturnType<typeof measure>>;
/** Of the clock, and of the processor: the latter hardly depends on what else runs on the machine. */
const FIGURES = [
  "stepMs",
  "teacherUpdateMs",
  "periodMs",
  "stepCpuMs",
  "teacherUpdateCpuMs",
  "periodCpuMs",
  "peakRssMb",
] as const;

/** One entrant, in a process of its own. */
function run(entrant: EntrantName, size: SizeName, given: string): Result {
  const { threads, repeats, python } = options;
  const common = ["--given", given, "--threads", threads, "--repeats", repeats];
  const ours = entrant === "torch" || entrant === "onnx";
  const [file, args] = ours
    ? [process.execPath, [fileURLToPath(import.meta.url), "--entrant", entrant, "--sizes", size, ...common]]
    : [python, ["bench/peers/translation.py", "--peer", entrant, ...common]];
  const environment = { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads };
  const output = execFileSync(file, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  return JSON.parse(output.trim().split("\n").at(-1)!) as Result;
}

const apart = (a: number, b: number): number => Math.abs(a - b) / Math.abs(b);

/** @throws Error where two entrants compute different things */
function checkEqual(size: SizeName, results: ReadonlyMap<EntrantName, readonly Result[]>): void {
  const [[name, [first]]] = [...results] as [[EntrantName, [Result]]];
  for (const [other, [result]] of results as ReadonlyMap<EntrantName, readonly [Result]>) {
    const losses = Math.max(...result.losses.map((loss, i) => apart(loss, first.losses[i]!)));
    const norms = apart(result.gradientNorm, first.gradientNorm);
    // Finite differences in float32 are near the gradient, and no nearer.
    const bound = [other, name].includes("finite_difference") ? 0.1 : 1e-3;
    console.error(
      `${size}: ${other} against ${name}: losses apart by ${losses.toExponential(1)}, |dM/dω| by ${norms.toExponential(1)}`,
    );
    if (!(losses < 1e-5 && norms < bound)) throw new Error(`${size}: ${other} and ${name} do not compute the same`);
  }
}

function race(size: SizeName, folder: string) {
  const given = writeGiven(size, folder);
  const entrants = ENTRANTS.filter((name) => options.entrants.split(",").includes(name));
  const results = new Map<EntrantName, Result[]>(entrants.map((name) => [name, []]));
  for (let round = 1; round <= Number(options.rounds); round++) {
    for (const [entrant, before] of results) {
      const result = run(entrant, size, given);
      before.push(result);
      const told = FIGURES.map((key) => `${key} ${result[key].toFixed(0)}`).join(", ");
      console.error(`${size}, round ${round}, ${entrant}: ${told} (load ${loadavg()[0]!.toFixed(1)})`);
    }
  }
  checkEqual(size, results);
  const medians = new Map(
    [...results].map(([name, runs]) => [name, FIGURES.map((key) => median(runs.map((result) => result[key]))!)]),
  );
  const rows = [...medians].map(([name, numbers]) => {
    const ratio = (to: EntrantName): string[] => {
      const base = medians.get(to);
      return numbers.map((x, i) => (base ? (x / base[i]!).toFixed(2) : ""));
    };
    const ratios = ratio("double_backward");
    return [name, ...numbers.map((x, i) => `${x.toFixed(0)} (${ratios[i]})`)];
  });
  console.log(
    `\n${size}: ${JSON.stringify(SIZES[size])}, ${options.threads} threads; in brackets over double backward\n`,
  );
  console.log(markdownTable(["", ...FIGURES], rows));
  return { size, results: Object.fromEntries(results) };
}

if (options.entrant !== undefined) {
  const { entrant, sizes, given, threads, repeats } = options;
  const result = await measure(sizes as SizeName, given!, entrant as "torch", Number(threads), Number(repeats));
  console.log(JSON.stringify(result));
} else {
  const folder = mkdtempSync(join(tmpdir(), "reweight-race-"));
  try {
    const races = options.sizes.split(",").map((size) => race(size as SizeName, folder));
    if (options.json) writeFileSync(options.json, `${JSON.stringify(races, undefined, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
