#!/usr/bin/env node
/** @file Executable: the only code with access to the process. All other code gets an `Io`. */

import pc from "picocolors";
import { ignoresHangUp } from "./hang-up.ts";
import type { Io } from "./io.ts";
import { runCli } from "./program.ts";

const { stdout, stderr } = process;

const ignoring = ignoresHangUp(process.env, process.pid);
if (ignoring) process.on("SIGHUP", () => {});

/**
 * Interrupts: signals of people and schedulers, and "disconnect", which comes when the sweep that started this process
 * has ended for any reason.
 */
const INTERRUPTS = ["SIGINT", "SIGTERM", "SIGUSR1", "disconnect", ...(ignoring ? [] : ["SIGHUP"])];

// A closed pipe (`reweight … | head`) must not end a run, so further output is dropped.
let readable = true;
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  readable = false;
});

const io: Io = {
  out: (line) => void (readable && stdout.write(`${line}\n`)),
  err: (line) => void stderr.write(`${line}\n`),
  terminal: stdout.isTTY && process.env["TERM"] !== "dumb" ? stdout : undefined,
  get columns() {
    return stdout.columns || 80;
  },
  colors: pc.createColors(pc.isColorSupported),
  onInterrupt(listener) {
    for (const event of INTERRUPTS) process.on(event, listener);
    return () => {
      for (const event of INTERRUPTS) process.off(event, listener);
    };
  },
  exitNow: (code) => process.exit(code),
};

process.exitCode = await runCli(process.argv.slice(2), io);
