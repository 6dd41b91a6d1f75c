/** @file A folder of its own for the files of a test. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

/** @returns a function that writes a file below a new folder and gives its path; the folder goes after the tests */
export function testFolder(): { root: string; write: (name: string, content: string | Uint8Array) => string } {
  const root = mkdtempSync(join(tmpdir(), "reweight-own-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }), 60_000);
  return {
    root,
    write: (name, content) => {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
  };
}
