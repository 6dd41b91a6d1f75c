/** @file Config files of any bytes: encodings of other systems, YAML that is no config, and what is no file at all. */

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { configOf } from "../../src/settings/config-of.ts";
import { parseConfig, readConfig } from "../../src/settings/config-file.ts";
import { settingsOf } from "../../src/settings/settings.ts";
import { outputFolder, trainSchema } from "../../src/train/config.ts";

const root = mkdtempSync(join(tmpdir(), "reweight-text-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const settings = settingsOf(trainSchema);
const write = (name: string, content: string | Uint8Array): string => {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
};
const valuesOf = (path: string) => readConfig(path, settings).values;

describe("encodings", () => {
  const text = "data: mnist\r\nout: Prüfung\r\n";
  const wanted = { data: "mnist", out: "Prüfung" };
  const utf16 = Buffer.from(text, "utf16le");

  test.each<[string, Uint8Array]>([
    ["UTF-8", Buffer.from(text)],
    ["UTF-8 with its mark", Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])],
    ["UTF-16, little end first", Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])],
    ["UTF-16, big end first", Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()])],
  ])("%s is read", (name, bytes) => {
    expect(valuesOf(write(`${name}.yaml`, bytes))).toEqual(wanted);
  });

  test.each<[string, Uint8Array, string]>([
    ["Latin-1", Buffer.from("data: mnist\nout: Prüfung\n", "latin1"), "byte 0xfc in line 2, column 8 is not UTF-8"],
    ["Latin-1 before a letter that could go on", Buffer.from("k\xe4tzchen", "latin1"), "byte 0xe4 in line 1, column 2"],
    ["the same after a mark", Buffer.from("\xef\xbb\xbfk\xe4tzchen", "latin1"), "byte 0xe4 in line 1, column 2"],
    ["a character cut off at the end", Buffer.from([0x61, 0xc3]), "byte 0xc3 in line 1, column 2 is not UTF-8"],
    ["half a unit of UTF-16", Buffer.from([0xff, 0xfe, 0x61]), "begins as UTF-16 and is damaged"],
    ["UTF-16 without its mark", utf16, "is not UTF-8"],
    ["plain UTF-16 without its mark", Buffer.from("data: mnist", "utf16le"), "UTF-16 without its mark"],
  ])("%s is told with its place", (name, bytes, message) => {
    const path = write(`${name}.yaml`, bytes);
    expect(() => valuesOf(path)).toThrow(ConfigError);
    expect(() => valuesOf(path)).toThrow(message);
  });
});

describe("what is no config", () => {
  const nested = (n: number): string => "[".repeat(n);
  const laughs = `a: &a [x,x]\n${[..."bcdefgh"].map((c, i) => `${c}: &${c} [*${"abcdefg"[i]!},*${"abcdefg"[i]!}]`).join("\n")}\n`;

  test.each([
    ["out: *x\n", "c:1:6: not YAML or JSON: there is no &x before *x. Text that begins with * goes in quotes"],
    ["lr: 1\n\tepochs: 2\n", "c:2:"],
    ["lr: 1\nlr: 2\n", 'c:2:1: not YAML or JSON: "lr" is there twice'],
    ["lr: 1\n---\nlr: 2\n", "it has several documents (---), expected one"],
    ["out: &a [*a]\n", "*a is part of what it stands for"],
    [laughs, "lias"],
    [`x: &x 1\ny: [${"*x,".repeat(200)}]`, "more than 100 aliases"],
    [nested(100_000), "nested more than 50 levels"],
    [`out: ${nested(20_000)}`, "nested more than 50 levels"],
    ["? [a, b]\n: 1\n", "c:1:3: not YAML or JSON"],
    ["out: !!binary aGk=\n", "not YAML or JSON"],
    ["out: !mine x\n", "not YAML or JSON"],
    ["!!set {lr, epochs}\n", "not YAML or JSON"],
    ["__proto__: { lr: 5 }\n", 'there is no setting "__proto__"'],
    ['{"__proto__": {"lr": 5}}', 'there is no setting "__proto__"'],
    ["constructor: 1\n", 'there is no setting "constructor"'],
    ["batch-size: 64\n", 'there is no setting "batch-size". It is called batch'],
    ["batch_size: 64\n", "It is called batch"],
    ["teacher_every: 3\n", "It is called teacherEvery"],
    ["learningRate: 0.1\n", "It is called lr"],
  ])("number %# is refused", (text, message) => {
    const read = () => parseConfig(text, "c", settings);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
  });

  test("a key given twice is found in time that grows with the file", () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join("\n");
    const started = performance.now();
    expect(() => parseConfig(`${many}\nk7: 2\n`, "c", settings)).toThrow('"k7" is there twice');
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test("a program's settings cannot set a prototype", () => {
    expect(() => configOf(JSON.parse('{"__proto__": {"lr": 5}}') as object)).toThrow("__proto__");
    expect(() => configOf(JSON.parse('{"constructor": 1}') as object)).toThrow("constructor");
    expect(({} as { lr?: number }).lr).toBeUndefined();
  });

  test("a message shows the beginning of a long value, and few of many", () => {
    const long = "x".repeat(100_000);
    const values = Object.fromEntries(settings.map(({ key }) => [key, [long]]));
    try {
      configOf(values);
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(3000);
    }
    expect(() => parseConfig(`${long}: 1`, "c", settings)).toThrow(/^.{1,300}$/);
  });
});

describe("what is no file", () => {
  test("folders, devices and files without an end are refused at once", () => {
    expect(() => valuesOf(root)).toThrow("that is a folder");
    expect(() => valuesOf("/dev/zero")).toThrow("that is a device");
    expect(() => valuesOf(write("large.yaml", `out: ${"x".repeat(2 << 20)}`))).toThrow("is larger than 256 KiB");
    mkdirSync(join(root, "f.yaml"));
    expect(() => valuesOf(join(root, "f.yaml", "x"))).toThrow("there is no such file");
  });

  test("a pipe is read when it is written to, and waited for a few seconds only", () => {
    const pipe = join(root, "pipe");
    execFileSync("mkfifo", [pipe]);
    const started = performance.now();
    expect(() => valuesOf(pipe)).toThrow("is a pipe whose writer says nothing");
    expect(performance.now() - started).toBeLessThan(10_000);
    spawn("sh", ["-c", `sleep 0.3; printf 'lr: 0.5\\n' > "$0"`, pipe]);
    expect(valuesOf(pipe)).toEqual({ lr: 0.5 });
  });
});

describe("paths and names", () => {
  test("~ is the home folder in every setting that names a path", () => {
    const config = configOf({ out: "~/x", dataDir: "~", cifarnDir: "~/c", teacherFrom: "~other/t", noise: "none" });
    expect([config.out, config.dataDir, config.cifarnDir, config.teacherFrom]).toEqual([
      join(homedir(), "x"),
      homedir(),
      join(homedir(), "c"),
      "~other/t",
    ]);
  });

  test("default folders differ where decisive settings do, and only there", () => {
    const folder = (values: object) => outputFolder(configOf(values));
    expect(folder({})).toBe("runs/glyphs-resnet32-none-anchored-1");
    expect(folder({ dataDir: "x", threads: 2, checkpointEvery: 9 })).toBe("runs/glyphs-resnet32-none-anchored-1");
    expect(folder({ method: "transition" })).toBe("runs/glyphs-resnet32-none-transition-1");
    expect(folder({ lr: 0.05, epochs: 3 })).toBe("runs/glyphs-resnet32-none-anchored-1-epochs-3-lr-0.05");
    expect(folder({ valid: 100 })).toBe("runs/glyphs-resnet32-none-anchored-1-valid-100");
    const many = { lr: 0.05, epochs: 3, batch: 64, momentum: 0.8, weightDecay: 1e-3, teacherLr: 0.01, window: 3 };
    expect(folder(many)).toMatch(/^runs\/glyphs-resnet32-none-anchored-1-[0-9a-f]{8}$/);
    expect(folder(many)).not.toBe(folder({ ...many, lr: 0.06 }));
  });

  test("clean batches are no larger than the validation part, unless they are asked to be", () => {
    expect(configOf({ valid: 100 }).validBatch).toBe(100);
    expect(configOf({ valid: 100, validBatch: 128 }).validBatch).toBe(128);
    expect(configOf({ valid: 500 }).validBatch).toBe(128);
    expect(configOf({}).validBatch).toBe(128);
    expect(configOf({ valid: 0, method: "uniform" }).validBatch).toBe(128);
  });
});
