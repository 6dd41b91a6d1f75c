/** @file The addon's sources: the units, the headers that each includes, and their hashes. */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The sources of the addon in one folder. */
export interface Sources {
  readonly folder: string;
  /** File names of the units to compile, sorted. */
  readonly units: readonly string[];
  /** Hash of all sources and headers. */
  readonly hash: string;
  /** Hash of one unit and of our headers that it includes, directly or indirectly. */
  unitHash(unit: string): string;
}

const sha256 = (parts: readonly string[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
};

/** @param headers further folders whose headers the units include */
export function readSources(folder: string, headers: readonly string[] = []): Sources {
  const filesIn = (place: string): string[] => readdirSync(place).filter((name) => /\.(cpp|h)$/.test(name));
  const files = filesIn(folder).sort();
  const paths = [...headers, folder].flatMap((place) => filesIn(place).map((name) => join(place, name)));
  const texts = new Map(paths.map((path) => [basename(path), readFileSync(path, "utf8")]));
  const reached = (unit: string): Set<string> => {
    const seen = new Set<string>([unit]);
    for (const name of seen)
      for (const [, header] of (texts.get(name) ?? "").matchAll(/^\s*#\s*include\s+"([^"]+)"/gm))
        if (texts.has(header!)) seen.add(header!);
    return seen;
  };
  const hashOf = (names: readonly string[]): string => sha256(names.flatMap((name) => [name, texts.get(name)!]));
  return {
    folder,
    units: files.filter((name) => name.endsWith(".cpp")),
    hash: hashOf(files),
    unitHash: (unit) => hashOf([...reached(unit)].sort()),
  };
}
