/**
 * @file Damaged sources: each either reads as something or is a DataError, quickly and in bounded memory. Numbers and
 * images that come from archives with checksums are right or not there.
 */

import { join } from "node:path";
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { ConfigError, DataError } from "../../../src/errors.ts";
import { readSource } from "../../../src/data/own/open-source.ts";
import { understand } from "../../../src/data/own/understand.ts";
import type { Understood } from "../../../src/data/own/understood.ts";
import { decodePicture } from "../../../src/data/pictures/decode.ts";
import { PictureError } from "../../../src/data/pictures/sniff.ts";
import { testFolder } from "../tables/folder.ts";
import { npy, npyText, npz } from "../tables/numpy.ts";
import { makeExamples, writeDoors } from "./doors.ts";

const { root, write } = testFolder();

/** `MUTANTS=20` makes twenty times as many, of other seeds. */
const TIMES = Number(process.env["MUTANTS"] ?? 1);
let seed = 12344 + TIMES;
const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;

/** Bytes flipped, set, cut, doubled, taken out or put in, several times. */
function mutated(bytes: Uint8Array): Uint8Array {
  let result = Buffer.from(bytes);
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(Math.max(1, result.length));
    const length = 1 + random(64);
    switch (random(6)) {
      case 0:
        if (result.length > 0) result[at]! ^= 1 << random(8);
        break;
      case 1:
        result.fill([0, 0xff, 0x7f, 0x22][random(4)]!, at, Math.min(result.length, at + 1 + random(8)));
        break;
      case 2:
        result = result.subarray(0, at);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at, at + length), result.subarray(at)]);
        break;
      case 4:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
        break;
      default:
        result = Buffer.concat([result.subarray(0, at), Buffer.from([random(256), 0x2c, 0x0a]), result.subarray(at)]);
    }
  }
  return Uint8Array.from(result);
}

/** Reads everything that a source gives. @returns undefined where it was refused */
async function readAll(path: string): Promise<Understood | undefined> {
  try {
    const { rows, format } = await readSource(path, { columns: {} });
    const understood = understand(rows, format, { trusted: [] });
    if (understood.content.kind === "packed") for await (const image of understood.content.images()) void image;
    return understood;
  } catch (error) {
    if (error instanceof DataError || error instanceof ConfigError) {
      expect(error.message.length).toBeGreaterThan(20);
      return undefined;
    }
    throw error;
  }
}

/** A source that was read is consistent, whatever was damaged. */
function check(understood: Understood): void {
  const { ids, classes, parts, given, right, rows } = understood;
  expect(new Set(ids).size).toBe(ids.length);
  expect([parts.length, given.count, right.count, rows.length]).toEqual(new Array(4).fill(ids.length));
  for (const labels of [given, right]) {
    for (let n = 0; n < ids.length; n++) expect(labels.at(n) ?? 0).toBeLessThan(classes.length);
  }
  if (understood.content.kind === "vectors") expect(understood.content.values.every(Number.isFinite)).toBe(true);
}

const SLOWEST = 5000;

describe("1,000 mutants", () => {
  let doors: Record<string, string> = {};
  let png: Uint8Array = new Uint8Array(0);
  beforeAll(async () => {
    const examples = await makeExamples(20);
    doors = writeDoors(join(root, "doors"), examples);
    png = examples[0]!.png;
    const x = Float32Array.from({ length: 80 }, (_, i) => i / 7);
    doors["vectors"] = write(
      "x.npz",
      npz({ x: npy("<f4", [20, 4], x), y: npyText(examples.map(({ label }) => label)) }, true),
    );
  });

  test.each([
    ["csv", "m.csv", 200],
    ["jsonl", "m.jsonl", 150],
    ["parquet", "m.parquet", 250],
    ["webdataset", "m.tar", 150],
    ["arrays", "m.npz", 100],
    ["vectors", "v.npz", 100],
    ["labelStudio", "m.json", 100],
  ])(
    "%s: understood or refused, never a crash, a hang or a defect",
    async (door, name, times) => {
      const whole = readFileSync(doors[door]!);
      let [slowest, refused] = [0, 0];
      for (let n = 0; n < times * TIMES; n++) {
        const bytes = mutated(whole);
        const path = write(name, bytes);
        const from = performance.now();
        const found = await readAll(path).catch((error: unknown) => {
          throw new Error(`mutant ${n} of ${door}: ${(error as Error).stack}`);
        });
        slowest = Math.max(slowest, performance.now() - from);
        if (found === undefined) refused++;
        else check(found);
        if (door === "vectors" && found?.content.kind === "vectors") {
          const { values } = found.content;
          expect([...values]).toEqual([...Float32Array.from({ length: 80 }, (_, i) => i / 7)]);
        }
      }
      expect(slowest).toBeLessThan(SLOWEST);
      expect(refused).toBeGreaterThan((times * TIMES) / 10);
      expect(process.resourceUsage().maxRSS).toBeLessThan(1.5e6);
    },
    120_000,
  );

  test("PNG: the right pixels or an error", async () => {
    const form = { size: 12, fit: "crop", channels: 3 } as const;
    const right = await decodePicture(png, form);
    let refused = 0;
    for (let n = 0; n < 100 * TIMES; n++) {
      const seen = await decodePicture(mutated(png), form).catch((error: unknown) => {
        if (!(error instanceof PictureError)) throw error;
        refused++;
        return undefined;
      });
      // What stands after the image, or in a chunk that decides no pixel, may be anything.
      if (seen) expect([...seen]).toEqual([...right]);
    }
    expect(refused).toBeGreaterThan(50 * TIMES);
  }, 60_000);
});
