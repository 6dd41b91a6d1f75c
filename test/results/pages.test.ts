import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { FOCAL, FOLDER, PAGES, readTables } from "../../results/catalogue.ts";
import { drawPage } from "../../results/pages.ts";
import { publishedFromCsv } from "../../results/published.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tables = readTables(root);
const published = publishedFromCsv(readFileSync(join(root, FOLDER, "published.csv"), "utf8"), "published.csv");

test.each(PAGES)("%s shows the tables that experiments/results gives (npm run results -- draw)", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  expect(text).toContain("<!-- table ");
  expect(drawPage(text, page, tables)).toBe(text);
});

test("published numbers: those of focal, whose γ was searched, stand beside ours by validation", () => {
  const labels = published.filter(({ method }) => method === "Focal loss").map(({ label }) => label);
  expect([...new Set(labels)]).toEqual([FOCAL.label]);
});

test("published numbers: once each, and what the paper quotes is what its source has", () => {
  const keys = published.map((one) => JSON.stringify({ ...one, error: "", std: "" }));
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  const quoted = published.filter(({ quoted_from }) => quoted_from !== null);
  const twins = quoted.map(({ quoted_from, data, noise, student, label }) =>
    published.find(
      (one) =>
        one.source === quoted_from &&
        one.data === data &&
        one.noise === noise &&
        one.student === student &&
        one.label === label,
    ),
  );
  expect(quoted).toHaveLength(24);
  expect(twins.map((twin) => twin?.error)).toEqual(quoted.map(({ error }) => error));
});

test("published numbers: the gains that the paper's text names follow from its Table 1", () => {
  const of = (data: string, student: string, method: string): number =>
    Number(
      published.find(
        (one) => one.table === "Table 1" && one.data === data && one.student === student && one.method === method,
      )!.error,
    );
  const gain = (data: string, student: string, method: string): string =>
    (of(data, student, "Baseline") - of(data, student, method)).toFixed(2);
  const students = ["ResNet-32", "ResNet-110", "WRN-28-10"];
  expect(students.map((student) => gain("cifar100", student, "deep interactions"))).toEqual(["0.92", "1.67", "1.11"]);
  expect(["cifar10", "cifar100"].map((data) => gain(data, "ResNet-32", "L2T-loss"))).toEqual(["0.27", "0.32"]);
});
