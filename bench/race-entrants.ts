/** @file The entrants of the race: `reweight bench` with an engine, and the PyTorch peers. Each run is a process. */

import { execFileSync } from "node:child_process";

export const PEERS = ["double_backward", "finite_difference", "torch_func"] as const;
export type Peer = (typeof PEERS)[number];
export type EngineName = "torch" | "onnx";

export interface Entrant {
  readonly side: "ours" | "peer";
  readonly what: EngineName | Peer;
  /** B */
  readonly window: number;
}

export interface Setting {
  readonly student: string;
  readonly batch: number;
  /** K */
  readonly teacherEvery: number;
  readonly threads: number;
  /** Measured periods per run. */
  readonly repeats: number;
  /**
   * Whether, on both sides, a period's time is derived as K median steps and a median update; peers then take few steps
   */
  readonly derivePeriod: boolean;
  readonly python: string;
}

/** Medians of one process, milliseconds and MiB. */
export interface Result {
  readonly stepMs: number;
  readonly teacherUpdateMs: number;
  readonly periodMs: number;
  readonly peakRssMb: number;
}

/** The result of one process. An older PyTorch may lack what a peer needs. */
export type Outcome = (Result & { readonly torch?: string }) | { readonly unavailable: string };

export const title = ({ what, window }: Entrant): string => `${what} B=${window}`;

function command({ side, what, window }: Entrant, setting: Setting): [string, string[]] {
  const { student, batch, teacherEvery, threads, repeats } = setting;
  const common = ["--student", student, "--batch", `${batch}`, "--valid-batch", `${batch}`, "--window", `${window}`];
  common.push("--teacher-every", `${teacherEvery}`, "--threads", `${threads}`);
  if (side === "ours")
    return [
      process.execPath,
      ["dist/cli/main.js", "bench", "--engine", what, ...common, "--periods", `${repeats}`, "--json"],
    ];
  const few = setting.derivePeriod ? ["--derive-period"] : [];
  return [setting.python, ["bench/peers/peer.py", "--peer", what, ...common, "--repeats", `${repeats}`, ...few]];
}

/** Runs an entrant once. BLAS and OpenMP get the entrant's number of threads. */
export function run(entrant: Entrant, setting: Setting): Outcome {
  const [file, args] = command(entrant, setting);
  const threads = `${setting.threads}`;
  const output = execFileSync(file, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads },
  });
  const outcome = JSON.parse(output.trim().split("\n").at(-1)!) as Outcome;
  if ("unavailable" in outcome || !setting.derivePeriod) return outcome;
  return { ...outcome, periodMs: setting.teacherEvery * outcome.stepMs + outcome.teacherUpdateMs };
}
