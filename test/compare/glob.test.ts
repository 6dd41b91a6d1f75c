/** @file Patterns: what they match, how long that takes, and the runs among what they match. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { collectRuns } from "../../src/compare/collect.ts";
import { expandFolders, globMatcher } from "../../src/compare/glob.ts";
import { trainSchema } from "../../src/train/config.ts";
import { fakeIo } from "../cli/fake-io.ts";

const root = mkdtempSync(join(tmpdir(), "reweight-glob-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("a pattern", () => {
  test.each([
    ["*", "", true],
    ["*", "ab", true],
    ["a*", "ab", true],
    ["a*", "ba", false],
    ["*b", "aabab", true],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a*b*c", "axxbyyc", true],
    ["a*b*c", "axxbyy", false],
    ["**/x", "a/x", true],
    ["a.c", "abc", false],
    ["a+(b)[c]", "a+(b)[c]", true],
    ["?", "😀", true],
    ["", "", true],
    ["", "a", false],
  ])("%j on %j: %s", (pattern, name, matches) => {
    expect(globMatcher(pattern)(name)).toBe(matches);
  });

  test("that makes regular expressions try for ever is answered at once", () => {
    const started = performance.now();
    expect(globMatcher(`${"a*".repeat(100)}b`)("a".repeat(255))).toBe(false);
    expect(globMatcher(`${"*".repeat(10_000)}b`)("a".repeat(255))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("folders by pattern", () => {
  test("links to folders count, links to nothing and files do not", () => {
    const at = join(root, "links");
    mkdirSync(join(at, "run"), { recursive: true });
    symlinkSync(join(at, "run"), join(at, "rut"));
    symlinkSync(join(at, "nowhere"), join(at, "rub"));
    symlinkSync("loop", join(at, "loop"));
    writeFileSync(join(at, "ruf"), "");
    expect(expandFolders(join(at, "*"))).toEqual([join(at, "run"), join(at, "rut")]);
  });

  test("links that go round in circles come to an end", () => {
    const at = join(root, "round");
    mkdirSync(at);
    for (const name of "abcdefghij") symlinkSync(at, join(at, name));
    expect(() => expandFolders(`${at}${"/**".repeat(12)}`)).toThrow("matches more than 10000 folders");
  });

  test("~ is the home folder", () => {
    expect(expandFolders("~/x")).toEqual([join(homedir(), "x")]);
  });
});

describe("comparing by pattern", () => {
  const at = join(root, "among");
  const save = (name: string, seed: number): void => {
    mkdirSync(join(at, name), { recursive: true });
    const config = trainSchema.parse({ seed, method: "uniform" });
    writeFileSync(join(at, name, "run.json"), JSON.stringify({ formatVersion: 1, config, results: null }));
  };
  save("a", 1);
  save("b", 2);
  mkdirSync(join(at, "notes"));
  writeFileSync(join(at, "list.txt"), "");
  symlinkSync(join(at, "a"), join(at, "latest"));

  test("other folders are left out with a word, and a run with a link to it counts once", async () => {
    const io = fakeIo();
    expect(await runCli(["compare", join(at, "*")], io)).toBe(0);
    expect(io.errors[0]).toBe(`warning: left out, since there is no run.json: ${join(at, "notes")}`);
    expect(io.printed[0]).toMatch(/^uniform +2\b/m);
    expect(collectRuns([join(at, "*")]).runs.map(({ config }) => config.seed)).toEqual([1, 2]);
  });

  test("so are files and folders that a shell found; where nothing is, is an error", () => {
    const named = ["a", "list.txt", "notes"].map((name) => join(at, name));
    expect(collectRuns(named).others).toEqual(named.slice(1));
    expect(() => collectRuns([join(at, "a"), join(at, "typo")])).toThrow("not the folder of a run");
    expect(() => collectRuns([join(at, "notes")])).toThrow("not the folder of a run");
  });
});
