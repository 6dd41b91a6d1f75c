import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { VERBS } from "../../src/cli/program.ts";
import * as library from "../../src/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const documents = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
const pages = ["README.md", "CHANGELOG.md", ...documents.map((name) => `docs/${name}`)];
const generated = fileURLToPath(new URL("./generated/", import.meta.url));
afterAll(() => rmSync(generated, { recursive: true, force: true }));

test("README's example runs and checks itself", async () => {
  const [, snippet] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))!;
  expect(snippet).toContain("throw new Error");
  mkdirSync(generated, { recursive: true });
  const file = join(generated, "readme.ts");
  writeFileSync(file, snippet!);
  await expect(import(file)).resolves.toBeDefined();
});

test.each(pages)("%s: links to files that exist", (page) => {
  const links = [...readFileSync(join(root, page), "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, to]) => to!);
  expect(links.filter((to) => !existsSync(resolve(root, dirname(page), to)))).toEqual([]);
});

/** Files of documentation that the package holds. */
const inPackage = [...pages, "experiments/README.md"];

test.each(inPackage)("%s: every script that it names exists, and it says that scripts need a checkout", (page) => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const text = readFileSync(join(root, page), "utf8");
  const named = [...text.matchAll(/npm (?:run ([\w:]+)|(test)\b)/g)].map(([, script, short]) => (script ?? short)!);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  expect(named.length === 0 || /checkout/.test(text)).toBe(true);
});

test.each(inPackage)("%s: every verb that it names exists", (page) => {
  const code = readFileSync(join(root, page), "utf8").match(/```[\s\S]*?```|`[^`]*`/g) ?? [];
  const named = [...code.join("\n").matchAll(/(?:^|`|&& |npx )reweight ([a-z][\w-]*)/gm)].map(([, verb]) => verb!);
  expect(named.filter((name) => !(name in VERBS))).toEqual([]);
});

test("every public name is documented where it is defined", () => {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("cli"))
    .map((file) => readFileSync(join(root, "src", file), "utf8"));
  const undocumented = Object.keys(library).filter((name) => {
    const definition = new RegExp(`^export (?:async )?(?:const|function|class) ${name}\\b`, "m");
    const source = sources.find((text) => definition.test(text));
    const before = source?.slice(0, source.search(definition)).trimEnd();
    return !before?.endsWith("*/");
  });
  expect(undocumented).toEqual([]);
});
