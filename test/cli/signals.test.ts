import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { ignoresHangUp } from "../../src/cli/hang-up.ts";
import { MAIN } from "./built.ts";

const root = mkdtempSync(join(tmpdir(), "reweight-signals-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const SETTINGS =
  "--student mlp --batch 20 --train-limit 100 --valid 40 --valid-batch 20 --test-limit 40 --method uniform --threads 1 --epochs 100000".split(
    " ",
  );

/** Starts a run through `command`, waits until it trains, and sends signals; the last must end it. */
async function trainUntil(name: string, command: readonly string[], signals: readonly NodeJS.Signals[]) {
  const folder = join(root, name);
  const [program = "", ...args] = [...command, process.execPath, MAIN, "train", ...SETTINGS, "--out", folder];
  // A shell sets this variable for the programs that it starts.
  const env = { ...process.env, _: `/usr/bin/${command[0] ?? "node"}` };
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env, detached: true });
  let err = "";
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<number | string | null>((resolve) =>
    child.on("close", (code, signal) => resolve(code ?? signal)),
  );
  const metrics = join(folder, "metrics.jsonl");
  while (!existsSync(metrics) || !readFileSync(metrics, "utf8").includes('"type":"step"')) await pause(50);
  const alive: boolean[] = [];
  for (const [i, signal] of signals.entries()) {
    child.kill(signal);
    await (i + 1 < signals.length ? pause(800) : ended);
    alive.push(child.exitCode === null && child.signalCode === null);
  }
  const code = await ended;
  const record = JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as { results: { steps: number } | null };
  return { code, err, alive, steps: record.results?.steps ?? null, locked: existsSync(join(folder, "run.lock")) };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("signals", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const)(
    "%s saves and ends a run",
    { timeout: 60_000 },
    async (signal) => {
      const run = await trainUntil(signal, [], [signal]);
      expect(run).toMatchObject({ code: 130, locked: false });
      expect(run.err).toContain("Interrupted after");
      expect(run.steps).toBeGreaterThan(0);
    },
  );

  test("nohup keeps a hang-up from a run", { timeout: 60_000 }, async () => {
    const run = await trainUntil("nohup", ["nohup"], ["SIGHUP", "SIGINT"]);
    expect(run).toMatchObject({ code: 130, alive: [true, false] });
  });
});

const onLinux = existsSync("/proc/self/stat");

describe("nohup is recognised", () => {
  test("by the program that the shell called", () => {
    expect(ignoresHangUp({ _: "/usr/bin/nohup" }, process.pid)).toBe(true);
  });

  test.runIf(onLinux)("by a script in the same session that ignores hang-ups", async () => {
    const module = fileURLToPath(new URL("../../dist/cli/hang-up.js", import.meta.url));
    const node = `"${process.execPath}" --input-type=module -e 'console.log((await import("${module}")).ignoresHangUp({}, process.pid))'`;
    const say = (script: string): Promise<string> =>
      new Promise((resolve) => {
        const child = spawn("bash", ["-c", script], { detached: true, env: { PATH: process.env["PATH"] } });
        let out = "";
        child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
        child.on("close", () => resolve(out.trim()));
      });
    expect(await say(`trap '' HUP; ${node}; true`)).toBe("true");
    expect(await say(`${node}; true`)).toBe("false");
    expect(await say(`trap '' HUP; setsid --wait ${node}; true`)).toBe("false");
  });
});
