/**
 * @file NOTICE is complete: every package that runs with reweight has a licence that we know, and is named
 * where that asks for it.
 */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const notice = readFileSync(`${root}NOTICE`, "utf8");

/** Licences that ask for nothing but that their text stays with the package, where it is. */
const TEXT_ALONE = ["MIT", "ISC", "0BSD", "Unlicense", "(MIT OR CC0-1.0)"];

interface Locked {
  readonly dev?: boolean;
  readonly license?: string;
}

/**
 * The packages that are installed for a user, by name; optional ones of other platforms as the lock file tells
 * of them.
 */
function production(): { name: string; licence: string }[] {
  const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8")) as {
    packages: Record<string, Locked>;
  };
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== "" && dev !== true)
    .map(([path, locked]) => {
      const manifest = `${root}${path}/package.json`;
      const { license } = existsSync(manifest) ? (JSON.parse(readFileSync(manifest, "utf8")) as Locked) : locked;
      return { name: path.replace(/^.*node_modules\//, ""), licence: license ?? "none" };
    });
}

/** Lines such as "   BSD-3-Clause: vega vega-*": the patterns of names under each licence. */
const named = [...notice.matchAll(/^ {3}([\w.]+-[\w. -]+): (.+)$/gm)].map(([, licence, names]) => ({
  licence: licence!,
  patterns: names!.split(" "),
}));

const matches = (name: string, pattern: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

test("every package of a user's installation is named in NOTICE under its licence, or has one that needs no notice", () => {
  const packages = production();
  expect(packages.length).toBeGreaterThan(50);
  const missing = packages.filter(
    ({ name, licence }) =>
      !TEXT_ALONE.includes(licence) &&
      !named.some((line) => line.licence === licence && line.patterns.some((pattern) => matches(name, pattern))),
  );
  expect(missing).toEqual([]);
});

test("NOTICE names no package that is not installed", () => {
  const packages = production();
  const stale = named.flatMap(({ licence, patterns }) =>
    patterns.filter((pattern) => !packages.some((p) => p.licence === licence && matches(p.name, pattern))),
  );
  expect(stale).toEqual([]);
});

test("the bundled engine is of the version that NOTICE names", () => {
  const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    dependencies: Record<string, string>;
  };
  expect(notice).toContain(`onnxruntime-node and onnxruntime-common ${dependencies["onnxruntime-node"]}`);
});
