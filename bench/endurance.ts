/**
 * @file Memory and open files over a long run: `npm run build && npx tsc -p bench && node
 * .build/bench/bench/endurance.js [--steps 5000]`. Trains by the command line on each engine and reads /proc (Linux) at
 * even steps. What grows with the steps is a leak.
 */

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const MAIN = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const SAMPLES = 10;

interface Sample {
  readonly step: number;
  readonly megabytes: number;
  readonly files: number;
}

function sample(pid: number, step: number): Sample {
  const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1];
  return { step, megabytes: Math.round(Number(rss) / 1024), files: readdirSync(`/proc/${pid}/fd`).length };
}

/** Trains `steps` steps with a teacher update every fifth, an evaluation each 25 and a save each 50. */
async function endure(engine: string, method: string, steps: number, folder: string): Promise<Sample[]> {
  const settings =
    `--student cnn --batch 20 --train-limit 500 --valid 40 --valid-batch 20 --test-limit 40 --noise flip2:0.4 ` +
    `--method ${method} --teacher-every 5 --window 2 --threads 1 --epochs ${Math.ceil(steps / 25)} --checkpoint-every 50`;
  const args = [
    MAIN,
    "train",
    ...settings.split(" "),
    "--engine",
    engine,
    "--out",
    join(folder, `${engine}-${method}`),
  ];
  const child = spawn(process.execPath, [...args, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const samples: Sample[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { type: string; step?: number };
    const due = ((samples.length + 1) * steps) / (SAMPLES + 1);
    if (event.type === "step" && event.step! >= due) samples.push(sample(child.pid!, event.step!));
  }
  return samples;
}

const { values } = parseArgs({ options: { steps: { type: "string", default: "5000" } } });
const folder = mkdtempSync(join(tmpdir(), "reweight-endurance-"));
try {
  for (const engine of ["torch", "onnx"]) {
    for (const method of ["deep", "mwnet"]) {
      const samples = await endure(engine, method, Number(values.steps), folder);
      const row = samples.map(({ step, megabytes, files }) => `${step}: ${megabytes} MB, ${files} files`);
      console.log(`${engine}, ${method}: ${row.join("; ")}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
