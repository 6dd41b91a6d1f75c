/** @file A small set of sentence pairs of one's own, on disk: what tests of translation share. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../../../src/random.ts";

const WORDS = ["der", "hund", "die", "katze", "sieht", "rot", "und", "blau", "haus", "baum", "geht", "schnell"];

/** Sentences of 1 to 9 words; their translation is the same in capital letters and backwards. */
function lines(count: number, seed: number): { readonly source: string[]; readonly target: string[] } {
  const random = new Random(seed, "sentences");
  const source = Array.from({ length: count }, () =>
    Array.from({ length: 1 + random.integer(9) }, () => WORDS[random.integer(WORDS.length)]!).join(" "),
  );
  return { source, target: source.map((line) => line.toUpperCase().split(" ").reverse().join(" ")) };
}

/** Writes `train`, `valid` and `test` with one test sentence that is longer than any other. @returns the folder */
export function writePairs({ train = 120, valid = 30, test = 20 } = {}): string {
  const dir = mkdtempSync(join(tmpdir(), "pairs-"));
  for (const [seed, [part, count]] of Object.entries({ train, valid, test }).entries()) {
    const { source, target } = lines(count, seed);
    if (part === "test") {
      source.push(WORDS.concat(WORDS).join(" "));
      target.push(WORDS.concat(WORDS).join(" ").toUpperCase());
    }
    writeFileSync(join(dir, `${part}.src`), source.map((line) => `${line}\n`).join(""));
    writeFileSync(join(dir, `${part}.tgt`), target.map((line) => `${line}\n`).join(""));
  }
  return dir;
}
