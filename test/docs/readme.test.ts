import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
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

test("every script that README names exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/npm (?:run )?(\w+)/g)].map(
    ([, name]) => name!,
  );
  expect(named.filter((name) => name !== "ci" && !(name in scripts))).toEqual([]);
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
