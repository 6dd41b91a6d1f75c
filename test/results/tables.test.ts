import { describe, expect, test } from "vitest";
import { drawPage } from "../../results/pages.ts";
import type { Published } from "../../results/published.ts";
import { besidePublished } from "../../results/published.ts";
import {
  AUROC,
  byCondition,
  byLabel,
  DIFFERENCE,
  ERROR,
  experiments,
  machines,
  NOTHING,
  OVER_STRONGEST,
  TIME,
} from "../../results/tables.ts";
import { row } from "./rows.ts";

const rows = [
  ...[0.2, 0.24, 0.22].map((error, i) => row("uniform", i + 1, error)),
  ...[0.1, 0.12, 0.17].map((error, i) => row("deep", i + 1, error, { auroc: 0.5 + i / 10, wallSeconds: 150 })),
  row("uniform", 1, 0.3, { noise: "none", experiment: "small-table1" }),
  row("spl", 1, 0.4, { noise: "none", experiment: "small-table1" }),
];

describe("tables of conditions", () => {
  test("bold is the best, n stands where it is not 3, and – where nothing is", () => {
    expect(byCondition(rows, ERROR)).toMatchInlineSnapshot(`
      "| method  | flip2:0.4        | clean             |
      | ------- | ---------------- | ----------------- |
      | uniform | 22.00 ± 2.00     | **30.00** (n = 1) |
      | deep    | **13.00 ± 3.61** | –                 |
      | spl     | –                | 40.00 (n = 1)     |"
    `);
  });

  test("differences have a sign, and a best where one is better than the baseline", () => {
    expect(byCondition(rows, DIFFERENCE)).toMatchInlineSnapshot(`
      "| method  | flip2:0.4        | clean          |
      | ------- | ---------------- | -------------- |
      | uniform | –                | –              |
      | deep    | **−9.00 ± 3.61** | –              |
      | spl     | –                | +10.00 (n = 1) |"
    `);
  });

  test("differences to the strongest baseline name it, column by column", () => {
    // Means of mixed: 15 % under flip2:0.4, where uniform has 22 %.
    const more = [0.14, 0.15, 0.16].map((error, i) => row("mixed", i + 1, error));
    // deep − mixed, per seed: −4, −3 and +1 points.
    expect(byCondition([...rows, ...more], OVER_STRONGEST)).toMatchInlineSnapshot(`
      "| method  | flip2:0.4          | clean                          |
      | ------- | ------------------ | ------------------------------ |
      | uniform | +7.00 ± 1.73       | **strongest baseline** (n = 1) |
      | deep    | **−2.00 ± 2.65**   | –                              |
      | mixed   | strongest baseline | –                              |
      | spl     | –                  | +10.00 (n = 1)                 |"
    `);
  });

  test("a high AUROC is a good one, and no time is", () => {
    expect(byCondition([...rows, row("l2rw", 1, 0.3, { auroc: 0.9 })], AUROC)).toContain("**0.900** (n = 1)");
    expect(byCondition([row("focal", 1, 0.3, { auroc: 0.4 })], AUROC)).toContain("| 0.400 (n = 1) |");
    expect(byCondition(rows, TIME)).toContain("| 1.50 × ");
    expect(byCondition(rows, TIME)).not.toContain("**");
  });

  test("without rows there is a sentence", () => {
    expect([byCondition([], ERROR), byLabel([]), experiments([]), machines([])]).toEqual(Array(4).fill(NOTHING));
  });
});

test("a table of labels has every measure, and the paper's number beside", () => {
  expect(byLabel(rows.slice(0, 6), new Map([["deep", "6.20"]]))).toMatchInlineSnapshot(`
    "| name    | test error (%)   | vs uniform (points) | AUROC             | the paper's (%) |
    | ------- | ---------------- | ------------------- | ----------------- | --------------- |
    | uniform | 22.00 ± 2.00     | –                   | –                 | –               |
    | deep    | **13.00 ± 3.61** | **−9.00 ± 3.61**    | **0.600 ± 0.100** | 6.20            |"
  `);
  expect(byLabel(rows)).toContain("| trained on ");
});

test("experiments and machines count runs and hours", () => {
  expect(experiments(rows)).toMatchInlineSnapshot(`
    "| experiment   | data    | student | noise     | steps | seeds   | runs | hours |
    | ------------ | ------- | ------- | --------- | ----- | ------- | ---- | ----- |
    | small-table6 | cifar10 | resnet8 | flip2:0.4 | 100   | 1, 2, 3 | 6    | 0.2   |
    | small-table1 | cifar10 | resnet8 | none      | 100   | 1       | 2    | 0.1   |"
  `);
  expect(machines([...rows, row("deep", 4, 0.1, { precision: "float32", wallSeconds: 3600 })])).toMatchInlineSnapshot(`
    "| processor   | engine     | precision | threads | runs | hours |
    | ----------- | ---------- | --------- | ------- | ---- | ----- |
    | A processor | torch 2.13 | bf16      | 1       | 8    | 0.3   |
    | A processor | torch 2.13 | float32   | 1       | 1    | 1.0   |"
  `);
});

describe("published numbers", () => {
  const number = (method: string, noise: string, error: string, more: Partial<Published> = {}): Published => ({
    source: "S",
    table: null,
    data: "cifar10",
    noise,
    student: "ResNet-32",
    setting: null,
    method,
    label: method === "Theirs" ? null : method.toLowerCase(),
    error,
    std: null,
    quoted_from: null,
    ...more,
  });
  const published = [
    number("Deep", "flip2:0.4", "11.29", { std: "0.10" }),
    number("Deep", "none", "6.20"),
    number("Theirs", "flip2:0.4", "9.99", { student: null }),
    number("Uniform", "none", "7.22"),
    number("MentorNet", "flip2:0.4", "18.24", { quoted_from: "T" }),
    number("Deep", "flip2:0.4", "39.49", { data: "cifar100" }),
  ];

  test("stand beside ours of the same label and noise; what is quoted is left out", () => {
    expect(besidePublished(published, rows, "flip2")).toMatchInlineSnapshot(`
      "| method | clean | here | flip2:0.4    | here         | student   | setting | source |
      | ------ | ----- | ---- | ------------ | ------------ | --------- | ------- | ------ |
      | Deep   | 6.20  | –    | 11.29 ± 0.10 | 13.00 ± 3.61 | ResNet-32 | –       | S      |
      | Theirs | –     | –    | 9.99         | –            | –         | –       | S      |"
    `);
  });

  test("stand among the clean ones when the source has no noise for the method", () => {
    expect(besidePublished(published, rows, "clean")).toMatchInlineSnapshot(`
      "| method  | clean | here          | student   | setting | source |
      | ------- | ----- | ------------- | --------- | ------- | ------ |
      | Uniform | 7.22  | 30.00 (n = 1) | ResNet-32 | –       | S      |"
    `);
  });
});

describe("pages", () => {
  const tables = new Map([["a", "| new |"]]);

  test("what lies between the markers is drawn anew, and nothing else", () => {
    const page = (inside: string): string => `# T\n\n<!-- table a -->\n\n${inside}\n\n<!-- /table -->\n\nText $&.\n`;
    expect(drawPage(page("| old |\n"), "p.md", tables)).toBe(page("| new |"));
    expect(drawPage(page("| new |"), "p.md", tables)).toBe(page("| new |"));
  });

  test("an unknown table and a marker without its end are refused", () => {
    expect(() => drawPage("<!-- table b -->\n<!-- /table -->", "p.md", tables)).toThrow(
      "p.md: table b: expected one of a",
    );
    expect(() => drawPage("<!-- table a -->\n<!-- table a -->\n<!-- /table -->", "p.md", tables)).toThrow(
      "p.md: table a: expected <!-- /table --> after it",
    );
    expect(() => drawPage("<!-- table a -->\n", "p.md", tables)).toThrow(
      "p.md: table a: expected <!-- /table --> after it",
    );
  });
});
