#!/usr/bin/env node
/** @file The executable: the one place that knows the process. Everything else gets an `Io`. */

import pc from "picocolors";
import type { Io } from "./io.ts";
import { runCli } from "./program.ts";

const { stdout, stderr } = process;

/** Signals; and "disconnect", when the sweep that started this process is gone, however it went. */
const INTERRUPTS = ["SIGINT", "SIGTERM", "disconnect"] as const;

// A reader that has gone away (`reweight … | head`) must not end a run; what it would have read is dropped.
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
