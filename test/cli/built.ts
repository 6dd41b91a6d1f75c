/** @file The built command line as a child process: what the end-to-end tests share. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Outcome {
  /** Exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `reweight` in a folder; `watch` sees standard output grow and may send a signal. */
export function runBuilt(
  folder: string,
  args: readonly string[],
  watch?: (out: string, send: (signal: NodeJS.Signals) => void) => void,
  env: NodeJS.ProcessEnv = { NO_COLOR: "1" },
): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { ...process.env, ...env } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    watch?.(out, (signal) => child.kill(signal));
  });
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? signal, out, err }));
  });
}
