import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/random.ts";
import { testFolder } from "../data/tables/folder.ts";
import { npy, npz } from "../data/tables/numpy.ts";
import type { Outcome } from "./built.ts";
import { runBuilt } from "./built.ts";

const { root, write } = testFolder();

const run = (...argv: string[]): Promise<Outcome> => runBuilt(root, argv);

const QUICK = ["--engine", "reference", "--epochs", "4", "--batch", "16", "--lr", "0.1"];

/** Two classes on either side of a line; every fourth given label is wrong. Row 0 … 11 are trusted. */
const N = 72;
const truth = Array.from({ length: N }, (_, n) => n % 2);
const given = truth.map((label, n) => (n % 4 === 1 ? 1 - label : label));
const isTrusted = (n: number): boolean => n < 12;
const at = (n: number): [number, number] => {
  const random = new Random(1, "own", n);
  return [2 * truth[n]! - 1 + 0.2 * random.normal(), random.normal()];
};

const table = (right: (n: number) => string): string =>
  "id,a,b,colour,label,right_label\n" +
  Array.from(truth, (_, n) => {
    const [a, b] = at(n);
    return `row ${n},${a},${n % 5 === 0 ? "" : b},${n % 3 ? "red" : "blue"},${given[n] ? "yes" : "no"},${right(n)}`;
  }).join("\n");
const name = (n: number): string => (truth[n] ? "yes" : "no");

const record = (folder: string): unknown => JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
const rows = (folder: string): string[][] =>
  readFileSync(join(folder, "weights.csv"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(","));

describe("training on a table of one's own", () => {
  test("a sweep reads the path for each of its runs, with the trusted examples that each one names", async () => {
    const data = write(
      "swept.csv",
      table((n) => (isTrusted(n) ? name(n) : "")),
    );
    const more = write("more.csv", "id,right_label\nrow 20,no\nrow 21,yes\nrow 22,no\nrow 23,yes\n");
    const out = join(root, "swept");
    const base = { data, featureColumns: "a,b", engine: "reference", epochs: 1, batch: 16 };
    const runs = [{ method: "uniform" }, { method: "anchored" }, { name: "more", method: "anchored", trusted: [more] }];
    const done = await run("sweep", write("own.yaml", JSON.stringify({ out, seeds: [1], base, runs })));
    expect([done.code, done.out]).toEqual([0, expect.stringContaining("anchored")]);
    const valid = (folder: string): unknown => (record(join(out, folder)) as { config: object }).config;
    expect(["uniform-seed1", "anchored-seed1", "more-seed1"].map(valid)).toMatchObject([
      { inputs: "vectors", valid: 10 },
      { inputs: "vectors", valid: 10 },
      // 16 trusted, of which 0.3 · 8, rounded down, test in each class.
      { inputs: "vectors", valid: 12 },
    ]);
  });

  test("what nobody knows is unknown in prints, record and weights.csv; trusted examples guide and test", async () => {
    const path = write(
      "table.csv",
      table((n) => (isTrusted(n) ? name(n) : "")),
    );
    const out = join(root, "unknown");
    const done = await run("train", "--data", path, "--feature-columns", "a,b,colour", "--out", out, ...QUICK);
    expect([done.code, done.out]).toEqual([0, expect.stringContaining("(noise unknown)")]);
    // A third of 6 trusted examples of each class: 0.3 · 6, rounded down, is 1.
    expect(done.out).toContain("60 train (noise unknown), 10 trusted");
    expect(done.out).toContain("2 test");
    expect(done.out).not.toContain("AUROC");
    const { config, results, source } = record(out) as {
      config: Record<string, unknown>;
      results: Record<string, unknown>;
      source: Record<string, unknown>;
    };
    expect(config).toMatchObject({ data: path, inputs: "vectors", valid: 10, method: "anchored", student: "mlp" });
    expect(results).toMatchObject({
      noiseRate: null,
      knownLabels: 0,
      weights: { auroc: null },
      losses: { auroc: null },
    });
    // Of the 12 trusted, those with n % 4 = 1 were given the other class.
    expect(source).toMatchObject({ format: "manifest", known: 0, noise: { checked: 12, wrong: 3 } });
    const [head, ...lines] = rows(out);
    expect(head!.slice(0, 5)).toEqual(["index", "id", "given_label", "given_class", "clean_label"]);
    expect(lines).toHaveLength(60);
    for (const line of lines) {
      expect(line[1]).toBe(`row ${line[0]}`);
      expect([line[2], line[4]]).toEqual([String(given[Number(line[0])]), ""]);
    }
  });

  test("without trusted examples the method is uniform, and one that needs them says so", async () => {
    const path = write(
      "plain.csv",
      table(() => ""),
    );
    const settings = ["--data", path, "--feature-columns", "a,b", "--student", "linear", ...QUICK];
    const out = join(root, "plain");
    const done = await run("train", ...settings, "--out", out);
    expect([done.code, done.out]).toEqual([0, expect.stringContaining("ranked by the student's loss")]);
    expect(done.out).toContain("no test");
    expect(done.out).not.toMatch(/test error|NaN/);
    expect(record(out)).toMatchObject({
      config: { method: "uniform", valid: 0 },
      results: { testError: { last: null } },
    });
    const refused = await run("train", ...settings, "--out", join(root, "no"), "--method", "deep");
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringContaining("plain.csv has none. Give them in a folder"),
    ]);
    const alone = await run("train", ...settings, "--out", join(root, "no"), "--method", "trusted-only");
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining("expected trusted examples")]);
  });

  test("drawn noise is known for all, and is drawn on the given labels", async () => {
    const x = npy("<f4", [N, 2], Float32Array.from(truth.flatMap((_, n) => at(n))));
    const path = write("x.npz", npz({ x, labels: npy("|u1", [N], Uint8Array.from(truth)) }));
    const out = join(root, "drawn");
    const settings = ["--data", path, "--noise", "uniform:0.5", "--seed", "3", "--out", out];
    expect((await run("train", ...settings, ...QUICK)).code).toBe(0);
    const lines = rows(out).slice(1);
    const wrong = lines.filter((line) => line[2] !== line[4]).length;
    for (const line of lines) expect(line[4]).toBe(String(truth[Number(line[0])]));
    expect(wrong).toBeGreaterThan(0);
    const { results } = record(out) as { results: { noiseRate: number; losses: { auroc: number } } };
    expect(results.noiseRate).toBeCloseTo(wrong / N, 12);
    expect(results.losses.auroc).toBeGreaterThan(0.5);
    expect(results).not.toHaveProperty("knownLabels");
  });

  test("a run goes on where its data lie now, and not on other data", async () => {
    const text = table((n) => (isTrusted(n) ? name(n) : ""));
    const path = write("here/t.csv", text);
    const settings = ["--data", path, "--feature-columns", "a,b", "--method", "uniform", ...QUICK];
    const whole = join(root, "whole");
    await run("train", ...settings, "--out", whole);
    const out = join(root, "resumed");
    await run("train", ...settings, "--out", out, "--max-steps", "7");
    const moved = write("there/t.csv", text);
    expect((await run("train", "--resume", out, "--data", moved)).code).toBe(0);
    expect(rows(out)).toEqual(rows(whole));
    const other = write("there/other.csv", text.replace("row 71,", "row 71,1"));
    const refused = await run("train", "--resume", out, "--data", other);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("dataset:")]);
    // What a trusted example was given beside its right label: methods may learn from that, too.
    const swapped = text.replaceAll(/^(row \d,.*,)(yes|no)(,\w+)$/gm, (_, head: string, label: string, right: string) =>
      [head, label === "yes" ? "no" : "yes", right].join(""),
    );
    expect(swapped).not.toBe(text);
    const relabelled = await run("train", "--resume", out, "--data", write("there/swapped.csv", swapped));
    expect([relabelled.code, relabelled.err]).toEqual([1, expect.stringContaining("noise:")]);
  });

  test("options that do not go together, and a path where nothing lies", async () => {
    const path = write(
      "again.csv",
      table(() => ""),
    );
    const settings = ["train", "--data", path, "--feature-columns", "a,b", "--out", join(root, "never"), ...QUICK];
    for (const [options, message] of [
      [["--student", "resnet20"], "which reads images; --data"],
      [["--noise", "given"], "Data of your own have the labels that they were given"],
      [["--data-dir", "x"], "belongs to the built-in data sets"],
      [["--valid", "5"], "expected at most 0, the trusted examples"],
    ] as const) {
      const refused = await run(...settings, ...options);
      expect(refused.err).toContain(message);
      expect([refused.code, options]).toEqual([2, options]);
    }
    const missing = await run("train", "--data", "./nowhere.csv");
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining("./nowhere.csv: no such file or folder")]);
  });
});

describe("training on images of one's own", () => {
  test("class folders: decoded once beside the data, bad files skipped, the same numbers from the cache and from memory", async () => {
    const image = async (n: number): Promise<Buffer> => {
      const side = 8 + (n % 3);
      const background = { r: truth[n]! * 200, g: (37 * n) % 256, b: 0 };
      return sharp({ create: { width: side, height: 9, channels: 3, background } })
        .png()
        .toBuffer();
    };
    for (let n = 0; n < 48; n++) {
      const folder = n < 40 ? `train/${given[n] ? "yes" : "no"}` : `trusted/${name(n)}`;
      write(`photos/${folder}/${n}.png`, await image(n));
    }
    write("photos/train/yes/broken.png", "no image");
    const photos = join(root, "photos");
    const settings = ["--data", photos, "--image-size", "8", "--student", "mlp", "--method", "transition", ...QUICK];
    const stopped = await run("train", ...settings, "--out", join(root, "stopped"));
    expect([stopped.code, stopped.err]).toEqual([1, expect.stringContaining("--bad-files skip passes over them")]);
    const out = join(root, "first");
    const first = await run("train", ...settings, "--bad-files", "skip", "--out", out);
    expect([first.code, first.err]).toEqual([0, ""]);
    expect(first.out).toContain("40 train (noise unknown), 6 clean validation, 2 test");
    expect(first.out).toContain("images of 8 × 8 pixels, RGB");
    expect(readFileSync(join(out, "skipped.csv"), "utf8")).toMatch(/^id,reason\ntrain\/yes\/broken.png,/);
    expect(
      rows(out)
        .slice(1)
        .map((line) => line[1]!.replace(/^.*\//, "")),
    ).not.toContain("broken.png");
    expect(readdirSync(root)).toContain(".reweight-cache");
    expect(readdirSync(photos).sort()).toEqual(["train", "trusted"]);
    for (const [folder, cache] of [
      ["again", []],
      ["memory", ["--cache", "none"]],
    ] as const) {
      const other = join(root, folder);
      expect((await run("train", ...settings, "--bad-files", "skip", ...cache, "--out", other)).code).toBe(0);
      expect(rows(other)).toEqual(rows(out));
    }
    const evaluated = await run("eval", out);
    expect([evaluated.code, evaluated.err]).toEqual([0, ""]);
    expect(evaluated.out).toMatch(/test error +\d/);
  });
});
