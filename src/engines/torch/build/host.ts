/** @file The machine as the build sees it: environment, files, commands. Tests pass fake machines. */

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";

/** The outcome of a command. `code` is undefined if the command could not be started. */
export interface Outcome {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Access to a machine, real or fake. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  /** Names in a folder; empty if there is no such folder. */
  readonly list: (path: string) => readonly string[];
  /** A file's bytes as Latin-1 text; undefined when it cannot be read. */
  readonly read: (path: string) => string | undefined;
  /** The path with symbolic links resolved; unchanged if it does not exist. */
  readonly realPath: (path: string) => string;
  readonly run: (command: string, args: readonly string[]) => Promise<Outcome>;
}

function orElse<T>(f: () => T, otherwise: T): T {
  try {
    return f();
  } catch {
    return otherwise;
  }
}

/** This machine. */
export const thisHost: Host = {
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  exists: existsSync,
  list: (path) => orElse(() => readdirSync(path), []),
  read: (path) => orElse(() => readFileSync(path, "latin1"), undefined),
  realPath: (path) => orElse(() => realpathSync(path), path),
  run: (command, args) =>
    new Promise((resolve) => {
      const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } });
      let [out, err] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
      child.on("error", ({ message }) => resolve({ code: undefined, out, err: message }));
      child.on("close", (code) => resolve({ code: code ?? 1, out, err }));
    }),
};
