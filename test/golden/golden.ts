/**
 * @file The golden file: one line for each thing that must not change unnoticed,
 *
 *     <hash>  <name>  | <why it is no longer what 0.1.0 made>
 *
 * The reason is there on lines that were changed on purpose alone.
 */

import { readFileSync, writeFileSync } from "node:fs";

export interface Line {
  readonly hash: string;
  /** Why it differs from 0.1.0. */
  readonly reason?: string;
}

export type Golden = ReadonlyMap<string, Line>;

const pathOf = (part: string): URL => new URL(`${part}.txt`, import.meta.url);

export function readGolden(part: string): Golden {
  const lines = readFileSync(pathOf(part), "utf8").trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const [, hash, name, reason] = /^(\w+) {2}(.*?)(?: {2}\| (.*))?$/.exec(line)!;
      return [name!, { hash: hash!, ...(reason === undefined ? {} : { reason }) }];
    }),
  );
}

/** Names whose hash is another now, with both; names that are gone or new. */
export function changes(golden: Golden, now: ReadonlyMap<string, string>): string[] {
  const names = [...new Set([...golden.keys(), ...now.keys()])];
  return names
    .filter((name) => golden.get(name)?.hash !== now.get(name))
    .map((name) => `${name}: was ${golden.get(name)?.hash ?? "not there"}, is ${now.get(name) ?? "not there"}`);
}

/** Writes what there is now; the reason goes on the lines that changed. */
export function writeGolden(part: string, golden: Golden, now: ReadonlyMap<string, string>, reason: string): void {
  const lines = [...now].map(([name, hash]) => {
    const old = golden.get(name);
    const why = old?.hash === hash ? old.reason : reason;
    return `${hash}  ${name}${why ? `  | ${why}` : ""}`;
  });
  writeFileSync(pathOf(part), `${lines.join("\n")}\n`);
}
