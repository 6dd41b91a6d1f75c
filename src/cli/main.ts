#!/usr/bin/env node
/** @file Executable: the only code with access to the process. All other code gets an `Io`. */

import { buffer } from "node:stream/consumers";
import pc from "picocolors";
import { linesAsTheyCome } from "../data/formats/lines.ts";
import { explain } from "./errors.ts";
import { ignoresHangUp } from "./hang-up.ts";
import type { Io } from "./io.ts";
import { wantsColors } from "./io.ts";
import { runCli } from "./program.ts";

const { stdin, stdout, stderr } = process;

const ignoring = ignoresHangUp(process.env, process.pid);
if (ignoring) process.on("SIGHUP", () => {});

/**
 * Interrupts: signals of people and schedulers, and "disconnect", which comes when the sweep that started this process
 * has ended for any reason.
 */
const INTERRUPTS = ["SIGINT", "SIGTERM", "SIGUSR1", "disconnect", ...(ignoring ? [] : ["SIGHUP"])];

// A closed pipe (`reweight … | head`) or a full disk must not end a run, so further output is dropped. What a disk
// lost is told at the end, and in the exit code.
const lost: { out?: NodeJS.ErrnoException; err?: NodeJS.ErrnoException } = {};
stdout.on("error", (error) => (lost.out ??= error));
stderr.on("error", (error) => (lost.err ??= error));

const io: Io = {
  out: (line) => void (lost.out ?? stdout.write(`${line}\n`)),
  err: (line) => void (lost.err ?? stderr.write(`${line}\n`)),
  input: async () => (stdin.isTTY ? undefined : buffer(stdin)),
  lines: () => (stdin.isTTY ? undefined : linesAsTheyCome(stdin)),
  terminal: stdout.isTTY && process.env["TERM"] !== "dumb" ? stdout : undefined,
  get columns() {
    return stdout.columns || 80;
  },
  colors: pc.createColors(wantsColors(process.env, stdout)),
  onInterrupt(listener) {
    for (const event of INTERRUPTS) process.on(event, listener);
    return () => {
      for (const event of INTERRUPTS) process.off(event, listener);
    };
  },
  exitNow: (code) => process.exit(code),
};

process.on("uncaughtException", (error) => {
  const { text, code } = explain(error, "reweight");
  io.err(text);
  process.exit(code);
});

process.exitCode = await runCli(process.argv.slice(2), io);

// Streams report a failed write after it.
setImmediate(() => {
  if (lost.out === undefined || lost.out.code === "EPIPE") return;
  const { text, code } = explain(lost.out, "reweight: standard output");
  io.err(text);
  process.exitCode ||= code;
});
