/** `reweight bleu`: its line, its warnings, and its refusals. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { fakeIo } from "./fake-io.ts";

const folder = mkdtempSync(join(tmpdir(), "reweight-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const TEXT = "the cat sat on the mat .\na dog runs in the park .\n";
const ref = file("ref", TEXT);

async function bleu(input: string | Uint8Array | undefined, ...argv: string[]) {
  const io = fakeIo(input);
  const code = await runCli(["bleu", ...argv], io);
  return { code, out: io.printed.join("\n"), err: io.errors.join("\n").replaceAll(`${folder}/`, "") };
}

test("prints multi-bleu's line", async () => {
  const { code, out, err } = await bleu(TEXT.replace("the mat", "a mat"), ref);
  expect([code, out, err]).toEqual([
    0,
    "BLEU = 76.28, 92.9/83.3/70.0/62.5 (BP=1.000, ratio=1.000, hyp_len=14, ref_len=14)",
    "",
  ]);
});

test("several references, one of them packed; no line end at the end", async () => {
  const packed = file("ref2.gz", gzipSync("a cat is on a mat .\nthe dog runs in a park ."));
  const { out } = await bleu("a cat is on a mat .\na dog runs in the park .", ref, packed);
  expect(out).toMatch(/^BLEU = 100\.00/);
});

test("--lowercase and --smoothing", async () => {
  expect((await bleu(TEXT.toUpperCase(), ref, "--lowercase")).out).toMatch(/^BLEU = 100\.00/);
  const { out } = await bleu("the cat on the mat sat .\npark in a dog .\n", ref, "--smoothing", "exp");
  expect(out).toMatch(/^BLEU = 21\.51, 100\.0\/40\.0\/12\.5\/8\.3/);
});

test("--json has the numbers", async () => {
  expect(JSON.parse((await bleu(TEXT, ref, "--json")).out)).toEqual({
    bleu: 100,
    precisions: [100, 100, 100, 100],
    brevity: 1,
    hypothesisLength: 14,
    referenceLength: 14,
  });
});

test("bytes that are not UTF-8 are characters like others", async () => {
  const latin = file("latin", Buffer.from("caf\xe9 na\xefve d\xe9j\xe0 vu", "latin1"));
  expect((await bleu(Buffer.from("caf\xe9 na\xefve d\xe9j\xe0 vu", "latin1"), latin)).out).toMatch(/^BLEU = 100\.00/);
});

test("empty translations score 0, with a word on why", async () => {
  const { code, out, err } = await bleu("\n\n", ref);
  expect(code).toBe(0);
  expect(out).toBe("BLEU = 0.00, 0.0/0.0/0.0/0.0 (BP=0.000, ratio=0.000, hyp_len=0, ref_len=14)");
  expect(err).toMatch(/^warning: the translations hold no word, so BLEU is 0/);
});

test("empty references: multi-bleu's line and its exit code 1", async () => {
  const { code, out, err } = await bleu("\n\n", file("empty", "\n\n"));
  expect([code, out]).toEqual([1, "BLEU = 0, 0/0/0/0 (BP=0, ratio=0, hyp_len=0, ref_len=0)"]);
  expect(err).toContain("the references hold no word");
});

test("fewer translations than references are told", async () => {
  const { code, err } = await bleu("the cat sat on the mat .\n", ref);
  expect([code, err]).toEqual([
    0,
    "warning: the translations have 1 line, the references 2: only the first 1 were scored",
  ]);
});

test.each([
  [
    "more translations than references",
    [ref],
    `${TEXT}a third\n`,
    1,
    "standard input: expected one line for each of the 2 lines of ref, got 3",
  ],
  ["references of different lengths", [ref, file("one", "a\n")], TEXT, 1, "one: expected 2 lines as in ref, got 1"],
  ["no such file", [join(folder, "none")], TEXT, 1, "none: there is no such file"],
  [
    "a damaged gzip",
    [file("bad.gz", gzipSync(TEXT).subarray(0, 30))],
    TEXT,
    1,
    "bad.gz: damaged gzip data (unexpected end of file)",
  ],
  [
    "a terminal as input",
    [ref],
    undefined,
    2,
    "standard input: expected translations, one sentence a line, got a terminal",
  ],
  ["no input", [ref], "", 1, "standard input: expected translations, one sentence a line, got nothing"],
  ["no reference", [], TEXT, 2, "missing required argument 'REF'"],
  [
    "another smoothing",
    [ref, "--smoothing", "add-1"],
    TEXT,
    2,
    "argument 'add-1' is invalid. Allowed choices are none, exp",
  ],
] as const)("refuses %s", async (_, argv, input, code, message) => {
  const result = await bleu(input, ...argv);
  expect(result.code).toBe(code);
  expect(result.out).toBe("");
  expect(result.err).toContain(message);
});
