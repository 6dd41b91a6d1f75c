import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { kebab } from "../../src/settings/settings.ts";
import { CLASS_FEATURES } from "../../src/objectives/class-features.ts";
import { settingsReadBy } from "../../src/methods/method.ts";
import { methods } from "../../src/methods/methods.ts";
import { trainFields } from "../../src/train/config.ts";

const page = readFileSync(new URL("../../docs/methods.md", import.meta.url), "utf8");
const headings = (level: string): string[] =>
  [...page.matchAll(/^(#+) (.*)$/gm)].filter(([, hashes]) => hashes === level).map(([, , text]) => text!);
const sectionOf = (heading: string): string => page.split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!;

test("docs/methods.md has each method of the registry under its own heading, in the same order", () => {
  const others = [
    "Which one",
    "When to use none of this",
    "What it costs",
    "Trusted examples in training",
    "Teacher transfer",
    "The student's steps",
    "Options",
  ];
  const own = headings("##").filter((text) => !others.includes(text));
  expect(own).toEqual(methods.map(({ name }) => name));
});

test("every option that a method names has a heading with the schema's default, and no other option has", () => {
  const defaults: Record<string, unknown> = trainFields.parse({});
  const shown = (value: unknown): string => (typeof value === "boolean" ? (value ? "on" : "off") : String(value));
  const keys = [...new Set(methods.flatMap(settingsReadBy))];
  const expected = keys.map((key) => `\`--${kebab(key)}\` (default ${shown(defaults[key])})`);
  expect(headings("###").sort()).toEqual(expected.sort());
});

/** The anchor of a heading, by GitHub's rule. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

test("each method's section links to its own options", () => {
  const anchors = headings("###").map(anchorOf);
  for (const method of methods) {
    const { name } = method;
    const options = settingsReadBy(method);
    const linked = [...sectionOf(name).matchAll(/\[`--([\w-]+)`\]\(#([^)]+)\)/g)];
    expect(linked.map(([, option]) => option).sort()).toEqual(options.map(kebab).sort());
    for (const [, , anchor] of linked) expect(anchors).toContain(anchor);
  }
});

test("every feature of the teacher is in its table", () => {
  const table = page.split("### `--features`")[1]!.split("###")[0]!;
  // I1 … I3 share a row.
  for (const feature of CLASS_FEATURES.filter((name) => name !== "I2")) expect(table).toContain(`\`${feature}\``);
});
