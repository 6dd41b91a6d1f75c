import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { train } from "../../src/train/run.ts";
import { scratch, tiny } from "../train/tiny.ts";
import { fakeIo } from "./fake-io.ts";

describe("reweight analyze", () => {
  // Its weights hold for one batch alone: the recorded ones are shown.
  const config = tiny({ student: "mlp", epochs: 1, method: "l2rw" });
  const run = config.out!;
  beforeAll(async () => void (await train(config)), 60_000);

  test("draws a run: six figures, three tables, a page; says what it found and where", async () => {
    const io = fakeIo();
    expect(await runCli(["analyze", run, "--sample", "40"], io)).toBe(0);
    const out = join(run, "analysis");
    const files = readdirSync(out);
    expect(files.filter((name) => name.endsWith(".svg"))).toHaveLength(6);
    expect(files).toContain("index.html");
    const rows: Record<string, string>[] = parse(readFileSync(join(out, "examples.csv")), { columns: true });
    expect(rows).toHaveLength(40);
    // The same example under the same index in the run's own list.
    const weights: Record<string, string>[] = parse(readFileSync(join(run, "weights.csv")), { columns: true });
    const known = new Map(weights.map((row) => [row["index"], row]));
    for (const row of rows) {
      const same = known.get(row["index"])!;
      expect([row["given_label"], row["clean_label"]]).toEqual([same["given_label"], same["clean_label"]]);
      expect(Number(row["last_weight"])).toBeCloseTo(Number(same["last_weight"]), 5);
      expect(row["weight"]).toBe(row["last_weight"]);
    }
    expect(io.printed.join("\n")).toMatch(/^weights +as recorded/m);
    expect(io.printed.join("\n")).toMatch(/^weight follows loss +rank correlation -?\d\.\d{3}/m);
    expect(io.printed.join("\n")).toContain(join(out, "index.html"));
  });

  test("of the best checkpoint, into another folder", async () => {
    const out = join(scratch(), "pictures");
    const io = fakeIo();
    expect(await runCli(["analyze", run, "--sample", "20", "--checkpoint", "best", "--out", out], io)).toBe(0);
    expect(io.printed.join("\n")).toMatch(/^checkpoint +best, after/m);
    expect(existsSync(join(out, "index.html"))).toBe(true);
  });

  test.each<[string[], number, RegExp]>([
    [["--out", join(run, "run.json"), "--sample", "20"], 1, /^reweight analyze: .*file where a folder is needed/],
    [["--sample", "3"], 2, /^reweight analyze: --sample: expected an integer ≥ 20, got 3/],
    [["--sample", "many"], 2, /^reweight analyze: --sample: expected an integer ≥ 20, got many/],
  ])("%j is refused", async (options, code, message) => {
    const io = fakeIo();
    expect(await runCli(["analyze", run, ...options], io)).toBe(code);
    expect(io.errors.join("\n")).toMatch(message);
  });

  test("a folder without a run is refused", async () => {
    const io = fakeIo();
    expect(await runCli(["analyze", scratch()], io)).toBe(1);
    expect(io.errors.join("\n")).toContain("not the folder of a run");
  });
});
