/** A run that learns to translate a handful of sentences: its BLEU and files, `reweight translate`, `eval` and `compare`. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { corpusBleu } from "../../src/objectives/bleu.ts";
import { Random } from "../../src/random.ts";
import { trainSchema } from "../../src/train/config.ts";
import { train } from "../../src/train/run.ts";
import { fakeIo } from "./fake-io.ts";

const folder = mkdtempSync(join(tmpdir(), "reweight-"));
const data = join(folder, "data");
const run = join(folder, "run");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WORDS = ["eins", "zwei", "drei", "vier", "acht"];
const ENGLISH = ["one", "two", "three", "four", "eight"];
/** Numbers in words, and the same in English: 48 sentences of 3 to 6 words. */
const sentences = Array.from({ length: 48 }, (_, n) => {
  const random = new Random(5, "sentence", n);
  return Array.from({ length: 3 + random.integer(4) }, () => random.integer(WORDS.length));
});
const text = (words: readonly string[]): string =>
  sentences.map((sentence) => `${sentence.map((i) => words[i]!).join(" ")}\n`).join("");
const TEST_LINES = text(ENGLISH).trimEnd().split("\n");

async function reweight(argv: readonly string[], input?: string) {
  const io = fakeIo(input);
  const code = await runCli([...argv], io);
  return { code, lines: io.printed.flatMap((line) => line.split("\n")), err: io.errors.join("\n") };
}

const read = (name: string): string => readFileSync(join(run, name), "utf8");
const results = () => (JSON.parse(read("run.json")) as { results: { bleu: Record<string, number> } }).results;

beforeAll(async () => {
  mkdirSync(data);
  for (const part of ["train", "valid", "test"]) {
    writeFileSync(join(data, `${part}.src`), text(WORDS));
    writeFileSync(join(data, `${part}.tgt`), text(ENGLISH));
  }
  await train(
    trainSchema.parse({
      data: "pairs",
      dataDir: data,
      out: run,
      method: "uniform",
      student: "transformer:d=32,ffn=32,heads=2,layers=1",
      dropout: 0,
      bpe: 8,
      valid: 48,
      validBatch: 8,
      tokens: 64,
      buckets: 2,
      optimizer: "adam",
      lr: 5e-3,
      weightDecay: 0,
      schedule: "constant",
      epochs: 30,
      evalEvery: 15,
      bleuEvery: 15,
      beam: 2,
      engine: "onnx",
      threads: 1,
    }),
  );
}, 120_000);

describe("the run", () => {
  test("its BLEU is that of translations.test.txt, which the student has nearly learnt", () => {
    const lines = read("translations.test.txt").trimEnd().split("\n");
    const { bleu } = corpusBleu(lines, [TEST_LINES]);
    expect(lines).toHaveLength(48);
    expect(results().bleu["bestValidation"]).toBeCloseTo(bleu, 10);
    expect(bleu).toBeGreaterThan(50);
  });

  test("evaluations tell BLEU of the validation pairs when it is due, and of the test pairs at the end", () => {
    const evaluations = read("metrics.jsonl")
      .split("\n")
      .filter((line) => line.includes('"type":"eval"'))
      .map((line) => JSON.parse(line) as Record<string, number>);
    expect(evaluations.map(({ validBleu, testBleu }) => [typeof validBleu, typeof testBleu])).toEqual([
      ["number", "undefined"],
      ["number", "number"],
    ]);
    expect(evaluations[1]!["testBleu"]).toBe(results().bleu["last"]);
    // Both parts have the same sentences here.
    expect(evaluations[1]!["validBleu"]).toBe(evaluations[1]!["testBleu"]);
  });

  test("eval finds the same BLEU again", async () => {
    const { lines } = await reweight(["eval", run, "--json"]);
    expect((JSON.parse(lines[0]!) as { testBleu: number }).testBleu).toBeCloseTo(results().bleu["last"]!, 8);
  });

  test("compare shows BLEU", async () => {
    const { lines } = await reweight(["compare", run, "--csv"]);
    const [head, row] = lines.map((line) => line.split(","));
    expect(row![head!.indexOf("bleu_last_mean")]).toBe(String(results().bleu["last"]));
  });
});

describe("reweight translate", () => {
  const translate = (input: string | undefined, ...options: string[]) =>
    reweight(["translate", run, ...options], input);

  test("gives the run's translations again, in their order", async () => {
    const { code, lines } = await translate(text(WORDS), "--checkpoint", "best", "--beam", "2");
    expect(code).toBe(0);
    expect(lines).toEqual(read("translations.test.txt").trimEnd().split("\n"));
  });

  test("empty lines stay, line ends may be those of Windows, and the last line needs none", async () => {
    const { lines } = await translate("eins zwei drei\r\n\r\n\nvier acht eins", "--beam", "2");
    expect(lines).toHaveLength(4);
    expect(lines.map((line) => line === "")).toEqual([false, true, true, false]);
  });

  test("--nbest: line, score and text, the best first; the first is what is printed without it", async () => {
    const input = "eins zwei drei\nvier acht eins\n";
    const plain = (await translate(input, "--beam", "3")).lines;
    const rows = (await translate(input, "--beam", "3", "--nbest", "2")).lines.map((line) => line.split("\t"));
    expect(rows.map(([line]) => line)).toEqual(["1", "1", "2", "2"]);
    expect([rows[0]![2], rows[2]![2]]).toEqual(plain);
    expect(Number(rows[0]![1])).toBeGreaterThanOrEqual(Number(rows[1]![1]));
  });

  test("--max-len-b bounds the pieces", async () => {
    const { lines } = await translate("eins zwei drei vier acht\n", "--max-len-b", "1", "--beam", "1");
    expect(lines[0]!.split(" ")).toHaveLength(1);
  });

  test("odd lines are translated, with a warning that names them", async () => {
    const { code, err, lines } = await translate("eins zwei\n日本 語\n\ufffd\n", "--beam", "1");
    expect([code, lines.length]).toEqual([0, 3]);
    expect(err).toContain("line 2: ");
    expect(err).toContain("are unknown to the run");
    expect(err).toContain("line 3: is not UTF-8, or holds U+FFFD");
  });

  test("what cannot be is refused", async () => {
    expect((await translate("eins\n", "--nbest", "6")).err).toContain("--nbest: expected at most --beam = 5, got 6");
    expect((await translate("eins\n", "--beam", "0")).err).toContain("whole number ≥ 1");
    expect((await translate(undefined)).err).toContain(
      "standard input: expected sentences, one a line, got a terminal",
    );
    expect((await reweight(["translate", folder], "eins\n")).err).toContain("not the folder of a run");
  });
});
