/**
 * @file Campaigns on what survives: `node .build/bench/bench/durability.js --part flips,moments,random`. They train a
 * small run with the built command line, end it by SIGKILL, resume it, and compare it with one that was left alone.
 * `--part power` copies the disk under a run instead; it needs root, since it mounts an ext4.
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { CheckpointError } from "../src/errors.ts";
import { Random } from "../src/random.ts";
import { checkpointPath, readCheckpoint } from "../src/train/checkpoint/checkpoint.ts";
import { loadTeacher, teacherPath } from "../src/train/checkpoint/teacher-file.ts";
import type { StartEvent } from "../src/train/events.ts";
import { readEvents } from "../src/train/record/log.ts";
import { flipHeader } from "../test/train/flips.ts";
import { resultOf } from "../test/train/result.ts";

const { values: given } = parseArgs({
  options: {
    part: { type: "string", default: "flips,moments,random" },
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
  },
});
const parts = new Set(given.part.split(","));
const work = mkdtempSync(join(tmpdir(), "durability-"));
const [MAIN, HOOK] = [resolve("dist/cli/main.js"), resolve("bench/kill-hook.mjs")];
const SETTINGS =
  "--data mnist --data-dir data --student mlp --valid 50 --valid-batch 50 --batch 32 --threads 1 --noise flip2:0.4 --method deep --teacher-every 3 --engine onnx";

/** 8 x 8 images of ten patterns, as MNIST's files. */
function writeData(folder: string, random: Random): void {
  mkdirSync(folder);
  const patterns = Array.from({ length: 640 }, () => random.integer(216));
  const write = (name: string, shape: readonly number[], bytes: Uint8Array): void => {
    const head = Buffer.alloc(4 + 4 * shape.length);
    head.set([0, 0, 8, shape.length]);
    shape.forEach((extent, i) => head.writeUInt32BE(extent, 4 + 4 * i));
    writeFileSync(join(folder, name), Buffer.concat([head, bytes]));
  };
  for (const [name, count] of [
    ["train", 400],
    ["t10k", 200],
  ] as const) {
    const pixel = (i: number): number => patterns[64 * (Math.floor(i / 64) % 10) + (i % 64)]! + random.integer(40);
    write(
      `${name}-images-idx3-ubyte`,
      [count, 8, 8],
      Uint8Array.from({ length: 64 * count }, (_, i) => pixel(i)),
    );
    write(
      `${name}-labels-idx1-ubyte`,
      [count],
      Uint8Array.from({ length: count }, (_, i) => i % 10),
    );
  }
}

interface Session {
  readonly ended: boolean;
  readonly seconds: number;
  readonly error: string;
}

/** Trains in a process of its own. @param env for the hook @param seconds until the process is killed */
function session(args: readonly string[], env: Readonly<Record<string, string>> = {}, seconds?: number): Session {
  const started = performance.now();
  const hook = Object.keys(env).length > 0 ? { NODE_OPTIONS: `--import=${HOOK}`, ...env } : {};
  const { status, signal, stderr } = spawnSync(process.execPath, [MAIN, "train", ...args], {
    cwd: work,
    env: { ...process.env, ...hook },
    encoding: "utf8",
    killSignal: "SIGKILL",
    ...(seconds === undefined ? {} : { timeout: Math.ceil(seconds * 1000) }),
  });
  if (status !== 0 && signal !== "SIGKILL") throw new Error(`a session ended by itself: ${args.join(" ")}\n${stderr}`);
  return { ended: status === 0, seconds: (performance.now() - started) / 1000, error: stderr };
}

const start = (out: string, more: readonly string[]): string[] => [...SETTINGS.split(" "), "--out", out, ...more];
/** Goes on with a run, or begins it anew where there is nothing to go on from. */
const goOn = (out: string, more: readonly string[]): string[] =>
  existsSync(join(work, out, "run.json")) ? ["--resume", out] : start(out, more);

interface Tally {
  runs: number;
  kills: number;
  anew: number;
  remarks: string[];
  differ: string[];
}
const tally = (): Tally => ({ runs: 0, kills: 0, anew: 0, remarks: [], differ: [] });

/** Lets a run go to its end, and compares it. */
function finish(out: string, more: readonly string[], want: unknown, into: Tally): void {
  const args = goOn(out, more);
  if (args[0] !== "--resume") into.anew++;
  session(args);
  into.runs++;
  if (!isDeepStrictEqual(resultOf(join(work, out)), want)) into.differ.push(out);
  const starts = readEvents(join(work, out)).filter((event): event is StartEvent => event.type === "start");
  into.remarks.push(...starts.flatMap(({ remarks = [] }) => remarks));
  if (into.differ.at(-1) !== out) rmSync(join(work, out), { recursive: true });
}

function report(name: string, { runs, kills, anew, remarks, differ }: Tally): void {
  const kinds = new Map<string, number>();
  for (const remark of remarks) {
    const kind = remark.replaceAll(/\d+/g, "N").replace(/^.*run-\w+\//, "");
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  console.log(
    `${name}: ${kills} ends in ${runs} runs, ${runs - differ.length} ended exact, ${differ.length} not; ${anew} had nothing to resume`,
  );
  for (const [kind, count] of kinds) console.log(`  told ${count} times: ${kind}`);
  for (const out of differ) console.log(`  not the same: ${join(work, out)}`);
  if (differ.length > 0) process.exitCode = 1;
}

const seed = Number(given.seed);
writeData(join(work, "data"), new Random(seed, "data"));

if (parts.has("flips")) {
  session(start("flips", ["--epochs", "2"]));
  const folder = join(work, "flips");
  /** Reads a checkpoint as a resume does: one of another run is refused. */
  const asResumed = (path: string): unknown => {
    const { identity, ...checkpoint } = readCheckpoint(path);
    if (!isDeepStrictEqual(identity, known)) throw new CheckpointError(`${path}: belongs to another run`);
    return checkpoint;
  };
  const old = (name: string): string => resolve("test/golden/runs-0.1.0/deep", name);
  const known = readCheckpoint(old("checkpoint/last.safetensors")).identity;
  const files: readonly (readonly [string, string, (path: string) => unknown])[] = [
    ["checkpoint", checkpointPath(folder, "last"), readCheckpoint],
    ["teacher", teacherPath(folder), loadTeacher],
    ["checkpoint of 0.1.0", old("checkpoint/last.safetensors"), asResumed],
    ["teacher of 0.1.0", old("teacher.safetensors"), loadTeacher],
  ];
  for (const [name, path, read] of files) {
    const copy = join(work, "flipped.safetensors");
    copyFileSync(path, copy);
    const { flips, taken, stacks, examples } = flipHeader(copy, () => read(copy));
    console.log(`${name}: ${flips} single-bit flips of its header, ${taken} taken, ${stacks} ended in a stack trace`);
    if (!name.includes("0.1.0")) for (const example of examples) console.log(`  ${example}`);
  }
}

if (parts.has("moments")) {
  const more = ["--epochs", "1", "--checkpoint-every", "4"];
  const counted = join(work, "count");
  session(start("whole", more), { KILL_COUNT: counted });
  const want = resultOf(join(work, "whole"));
  const calls = readFileSync(counted).length;
  const first = tally();
  for (let call = 1; call <= calls; call++) {
    const out = `run-${call}`;
    first.kills += session(start(out, more), { KILL_AT: String(call) }).ended ? 0 : 1;
    finish(out, more, want, first);
  }
  report(`a kill before each of the ${calls} renames and flushes of a run`, first);

  session(start("stopped", [...more, "--max-steps", "6"]));
  cpSync(join(work, "stopped"), join(work, "resumed"), { recursive: true });
  rmSync(counted);
  session(["--resume", "resumed"], { KILL_COUNT: counted });
  const wantResumed = resultOf(join(work, "resumed"));
  const callsResumed = readFileSync(counted).length;
  const second = tally();
  for (let call = 1; call <= callsResumed; call++) {
    const out = `run-${call}`;
    cpSync(join(work, "stopped"), join(work, out), { recursive: true });
    second.kills += session(["--resume", out], { KILL_AT: String(call) }).ended ? 0 : 1;
    finish(out, more, wantResumed, second);
  }
  report(`a kill before each of the ${callsResumed} of a resumed run`, second);
}

if (parts.has("random")) {
  const more = ["--epochs", "30", "--checkpoint-every", "2"];
  // How long a whole session takes, which the load of the machine changes.
  let { seconds } = session(start("long", more));
  const want = resultOf(join(work, "long"));
  const random = new Random(seed, "kill");
  const found = tally();
  for (let run = 1; found.kills < Number(given.kills); run++) {
    const out = `run-${run}`;
    for (let kill = 0; kill < 4; kill++) {
      const part = session(goOn(out, more), {}, random.uniform() * seconds);
      if (part.ended) {
        if (kill === 0) ({ seconds } = part);
        break;
      }
      found.kills++;
    }
    finish(out, more, want, found);
  }
  report("kills at random moments", found);
}
if (parts.has("power")) {
  // What a loop device has of its file system is what a disk has at a power cut: not what waits to be written back.
  const more = ["--epochs", "30", "--checkpoint-every", "2"];
  session(start("long", more));
  const want = resultOf(join(work, "long"));
  const [image, mounted] = [join(work, "disk.img"), join(work, "mounted")];
  const system = (command: string, ...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  };
  writeFileSync(image, Buffer.alloc(48 * 2 ** 20));
  system("mkfs.ext4", "-q", image);
  mkdirSync(mounted);
  system("mount", "-o", "loop", image, mounted);
  const random = new Random(seed, "power");
  const cuts: string[] = [];
  const child = spawn(process.execPath, [MAIN, "train", ...start("mounted/run", more)], { cwd: work, stdio: "ignore" });
  const ended = once(child, "exit");
  while (child.exitCode === null) {
    await Promise.race([ended, setTimeout(random.uniform() * 800)]);
    const cut = join(work, `cut-${cuts.length}.img`);
    // The process must not write while its disk is copied.
    child.kill("SIGSTOP");
    copyFileSync(image, cut);
    child.kill("SIGCONT");
    cuts.push(cut);
  }
  system("umount", mounted);
  const found = tally();
  for (const [i, cut] of cuts.entries()) {
    const out = `run-${i}`;
    system("mount", "-o", "loop", cut, mounted);
    if (existsSync(join(mounted, "run"))) cpSync(join(mounted, "run"), join(work, out), { recursive: true });
    system("umount", mounted);
    rmSync(cut);
    found.kills++;
    finish(out, more, want, found);
  }
  report("power cuts of a loop-mounted ext4", found);
}
if (process.exitCode === undefined) rmSync(work, { recursive: true });
