/** @file An Io for tests: keeps what was printed, and lets a test send signals. */

import { linesAsTheyCome } from "../../src/data/formats/lines.ts";
import type { Io } from "../../src/cli/io.ts";
import { plainColors } from "../../src/cli/io.ts";

export interface FakeIo extends Io {
  readonly printed: string[];
  readonly errors: string[];
  readonly exits: number[];
  /** As if SIGINT had come. */
  interrupt(): void;
}

/** Bytes in pieces that end inside lines and characters. */
async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield await Promise.resolve(bytes.subarray(at, at + 7));
}

/** @param input text on standard input; a terminal without it */
export function fakeIo(input?: string | Uint8Array): FakeIo {
  const printed: string[] = [];
  const errors: string[] = [];
  const exits: number[] = [];
  const listeners = new Set<() => void>();
  return {
    printed,
    errors,
    exits,
    out: (line) => void printed.push(line),
    err: (line) => void errors.push(line),
    input: () => Promise.resolve(typeof input === "string" ? Buffer.from(input) : input),
    lines: () => (input === undefined ? undefined : linesAsTheyCome(chunksOf(Buffer.from(input)))),
    terminal: undefined,
    columns: 80,
    colors: plainColors,
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exitNow: (code) => void exits.push(code),
    interrupt: () => listeners.forEach((listener) => listener()),
  };
}
