/**
 * @file Runs mutants in a process of their own, so that a crash is seen as such. Between them the process runs sound
 * programs again: their results tell whether a mutant wrote into foreign memory.
 */

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { whereAddonIs } from "../../src/engines/torch/addon.ts";
import type { NativeProgram, NativeSettings } from "../../src/engines/torch/program.ts";
import { Random } from "../../src/random.ts";
import type { Input } from "./mutate.ts";
import { Mutator } from "./mutate.ts";

/** A sound program and inputs for it. */
export interface Sound {
  readonly program: NativeProgram;
  readonly inputs: readonly { readonly data: Float32Array | Int32Array; readonly shape: readonly number[] }[];
}

interface Job {
  readonly program: unknown;
  readonly inputs: readonly Input[];
  readonly settings: NativeSettings;
}

/** What became of a job: the call that refused it, and why; or its results as text. */
interface Answer {
  readonly refusedBy?: "compile" | "upload" | "run" | "read";
  readonly message?: string;
  readonly kind?: string;
  readonly results?: string;
}

/** The body of the process. Plain JavaScript: it runs without the test runner. */
const CHILD = `
const addon = require(process.argv[1]);
process.on("message", ({ program, inputs, settings }) => {
  let refusedBy = "compile", session, answer;
  try {
    session = addon.compile(program, settings);
    refusedBy = "upload";
    const arrays = inputs.map((input) => {
      if (!("data" in input)) return input.raw;
      if (input.transfer) structuredClone(input.data.buffer, { transfer: [input.data.buffer] });
      return addon.upload(input.data, input.shape, "cpu");
    });
    refusedBy = "run";
    const outputs = addon.run(session, arrays);
    refusedBy = "read";
    const hash = require("node:crypto").createHash("sha256");
    outputs.map((output) => hash.update(addon.read(output)));
    answer = { results: hash.digest("hex") };
  } catch (error) {
    answer = { refusedBy, message: String(error?.message), kind: error?.constructor?.name };
  }
  if (session) addon.close(session);
  process.send(answer);
});`;

/** A process that runs jobs one by one, and is started again when it ends or hangs. */
class Runner {
  readonly #limit: number;
  #child: ChildProcess | undefined;
  #errors = "";

  /** @param limit milliseconds after which a job counts as hanging */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The answer, or how the process ended. */
  async run(job: Job): Promise<Answer | string> {
    const child = (this.#child ??= this.#start());
    const stop = new AbortController();
    try {
      const { signal } = stop;
      const message = once(child, "message", { signal }).then(([answer]) => answer as Answer);
      const exit = once(child, "exit", { signal }).then(
        ([code, how]) => `crashed: ${String(code ?? how)}\n${this.#errors}`,
      );
      const late = new Promise<string>((done) => setTimeout(done, this.#limit, "hung").unref());
      child.send(job);
      const answer = await Promise.race([message, exit, late]);
      if (typeof answer === "string") this.close();
      return answer;
    } finally {
      stop.abort();
    }
  }

  close(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #start(): ChildProcess {
    // A sanitizer ends the process where an allocation is refused, unless it is told that this may happen.
    const asan = [process.env["ASAN_OPTIONS"], "allocator_may_return_null=1"].filter(Boolean).join(":");
    const child = spawn(process.execPath, ["-e", CHILD, whereAddonIs()], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
      // Threads that wait must not take a core from others: a machine that tests has other work.
      env: { ...process.env, ASAN_OPTIONS: asan, OMP_WAIT_POLICY: "passive" },
    });
    this.#errors = "";
    child.stderr!.on("data", (text: Buffer) => (this.#errors = (this.#errors + text.toString()).slice(-4000)));
    return child;
  }
}

/** Figures of a campaign. */
export interface Outcome {
  readonly mutants: number;
  /** Mutants refused by each call, and those that ran. */
  readonly refusedBy: Readonly<Record<string, number>>;
  readonly ran: number;
  /** For each mutant that ended or stopped the process, or was refused without a reason: its number and what happened. */
  readonly faults: readonly string[];
}

/** Sound programs run after this many mutants. */
const BETWEEN = 40;

/** @param count number of mutants; three of four are programs, the others inputs */
export async function campaign(sound: readonly Sound[], count: number, seed: number, limit: number): Promise<Outcome> {
  const runner = new Runner(limit);
  const settings = { device: "cpu", threads: 2, tf32: false, deterministic: false } as const;
  const before = new Map<Sound, string>();
  const refusedBy: Record<string, number> = { compile: 0, upload: 0, run: 0, read: 0 };
  const faults: string[] = [];
  let ran = 0;
  const check = async (one: Sound, after: number): Promise<void> => {
    const answer = await runner.run({ ...one, settings });
    const results = typeof answer === "string" ? answer : (answer.results ?? `refused: ${answer.message}`);
    const known = before.get(one) ?? results;
    before.set(one, known);
    if (known !== results || results.length !== 64)
      faults.push(`after mutant ${after}, ${one.program.name}: ${results}`);
  };
  for (const one of sound) await check(one, -1);
  for (let i = 0; i < count; i++) {
    const mutator = new Mutator(new Random(seed, "mutants", i));
    const one = mutator.oneOf(sound);
    const job =
      i % 4 < 3
        ? { program: mutator.program(one.program), inputs: one.inputs, settings }
        : { program: one.program, inputs: mutator.inputs(one.inputs), settings };
    const answer = await runner.run(job);
    if (typeof answer === "string") faults.push(`mutant ${i}, ${one.program.name}: ${answer}`);
    else if (answer.refusedBy === undefined) ran++;
    else {
      refusedBy[answer.refusedBy]!++;
      const isReason = (answer.message ?? "").length > 8 && /^(Type|Range|)Error$/.test(answer.kind ?? "");
      if (!isReason) faults.push(`mutant ${i}, ${one.program.name}: refused by ${answer.kind} "${answer.message}"`);
    }
    if (i % BETWEEN === BETWEEN - 1) await check(mutator.oneOf(sound), i);
  }
  runner.close();
  return { mutants: count, refusedBy, ran, faults };
}
