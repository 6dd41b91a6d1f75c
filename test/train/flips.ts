/** @file Every single-bit flip of the header of a safetensors file: what the test of sealed files and its bench share. */

import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { CheckpointError } from "../../src/errors.ts";

export interface Flips {
  readonly flips: number;
  /** Read as if nothing were wrong. */
  taken: number;
  /** Refused by an error that is no `CheckpointError`, or by a message of several lines. */
  stacks: number;
  /** Examples of the two. */
  readonly examples: string[];
}

/** Flips each bit of a file's header, its length included, in place; `read` must refuse the file each time. */
export function flipHeader(path: string, read: () => unknown): Flips {
  const file = openSync(path, "r+");
  const length = Buffer.alloc(8);
  readSync(file, length, 0, 8, 0);
  const header = Buffer.alloc(8 + Number(length.readBigUInt64LE()));
  readSync(file, header, 0, header.length, 0);
  const found: Flips = { flips: header.length * 8, taken: 0, stacks: 0, examples: [] };
  const put = (at: number, value: number): void => void writeSync(file, Buffer.of(value), 0, 1, at);
  for (const [at, byte] of header.entries()) {
    for (let bit = 0; bit < 8; bit++) {
      put(at, byte ^ (1 << bit));
      const outcome = outcomeOf(read);
      if (outcome === undefined) continue;
      found[outcome.kind]++;
      if (found.examples.length < 5) found.examples.push(`bit ${bit} of byte ${at}: ${outcome.kind}: ${outcome.text}`);
    }
    put(at, byte);
  }
  closeSync(file);
  return found;
}

/** Undefined if the file was refused as it should be. */
function outcomeOf(read: () => unknown): { readonly kind: "taken" | "stacks"; readonly text: string } | undefined {
  try {
    read();
    return { kind: "taken", text: "" };
  } catch (error) {
    const text = (error as Error).message;
    return error instanceof CheckpointError && !text.includes("\n") ? undefined : { kind: "stacks", text };
  }
}
