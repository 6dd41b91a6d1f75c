/** Sets of sentence pairs: where files are found, what is refused, what cleaning drops, how they are split. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { cleanPairs, droppedText } from "../../../src/data/pairs/clean.ts";
import type { PairSetName } from "../../../src/data/pairs/load-pairs.ts";
import { loadPairs } from "../../../src/data/pairs/load-pairs.ts";
import { spellingOf, encodePairs } from "../../../src/data/pairs/spelling.ts";
import { splitPairs } from "../../../src/data/pairs/split-pairs.ts";
import { wordsBetweenSpaces } from "../../../src/data/text/words.ts";
import { lengthsOf } from "../../../src/data/text/ragged.ts";
import { hasReal, REAL, temporary } from "../fixtures.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder with these files. */
async function folderOf(files: Files): Promise<string> {
  const dir = await temporary();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  return dir;
}

const OWN: Files = {
  "train.src": "ein hund\nzwei hunde laufen\n",
  "train.tgt": "a dog\ntwo dogs run\n",
  "test.src": "eine katze\n",
  "test.tgt": "a cat\n",
};

describe("pairs of one's own", () => {
  const load = async (files: Files) => loadPairs({ name: "pairs", dir: await folderOf(files) });

  test("are read as they are", async () => {
    const { train, valid, tests, languages } = await load(OWN);
    expect(train.source).toEqual(["ein hund", "zwei hunde laufen"]);
    expect(train.target).toEqual(["a dog", "two dogs run"]);
    expect([valid, tests, languages]).toEqual([
      undefined,
      { test: { source: ["eine katze"], target: ["a cat"] } },
      ["src", "tgt"],
    ]);
  });

  test("have the same hash however they lie there: gzip'd, with line ends of Windows, without the last one, in UTF-16", async () => {
    const other = await load({
      "train.src.gz": gzipSync(OWN["train.src"]!),
      "train.tgt": "\ufeffa dog\r\ntwo dogs run",
      "test.src": OWN["test.src"]!,
      "test.tgt": Buffer.from("\ufeffa cat\n", "utf16le"),
    });
    expect(other.hash).toBe((await load(OWN)).hash);
    const changed = await load({ ...OWN, "test.tgt": "a dog\n" });
    expect(changed.hash).not.toBe(other.hash);
  });

  test("a line separator or a no-break space ends no line and no word", async () => {
    const { train } = await load({ ...OWN, "train.tgt": "a\u2028dog\u0085\ntwo\u00a0dogs run\n" });
    expect(train.target).toEqual(["a\u2028dog\u0085", "two\u00a0dogs run"]);
  });

  test.each([
    [
      "different numbers of lines",
      { "train.tgt": "a dog\n" },
      /train\.src and .*train\.tgt: expected the same number of lines, got 2 and 1\. Line n/,
    ],
    ["one side only", { "valid.src": "ein\n" }, /valid\.tgt: missing beside .*valid\.src\. Put the other side/],
    [
      "Latin-1",
      { "test.src": Buffer.from("ein hund\nk\xe4tzchen\n", "latin1"), "test.tgt": "a\nb\n" },
      /test\.src: byte 0xe4 in line 2, column 2 is not UTF-8/,
    ],
    [
      "damaged gzip",
      { "train.src": gzipSync(OWN["train.src"]!).subarray(0, 20) },
      /train\.src: damaged gzip data \(unexpected end of file\)/,
    ],
    ["no pair left", { "train.src": "\n\n" }, /pairs: train: expected sentence pairs, got none/],
    [
      "text in pieces",
      { "train.src": "ei@@ n hu@@ nd\nzw@@ ei\n" },
      /pairs: train: expected whole words, got pieces: 2 of 2 source lines hold "@@ "/,
    ],
  ])("%s: refused", async (_, files, message) => {
    await expect(load({ ...OWN, ...files })).rejects.toThrow(message);
  });

  test("missing files are named, with what is needed", async () => {
    await expect(load({})).rejects.toThrow(
      /train\.src: there is no such file, nor its \.gz\. --data-dir needs train\.src/,
    );
    await expect(load({ "train.src": "a\n", "train.tgt": "b\n" })).rejects.toThrow(/test\.src: there is no such file/);
  });
});

describe("published sets", () => {
  const lines = (...names: string[]): Files => Object.fromEntries(names.map((name) => [name, `${name}\n`]));
  const tok = (part: string) => ["de", "en"].map((language) => `multi30k/tok/${part}.lc.norm.tok.${language}`);

  test("multi30k: in its folder, with the later test set where it is there", async () => {
    const files = lines(...["train", "val", "test_2016_flickr", "test_2017_flickr"].flatMap(tok));
    const dir = await folderOf(files);
    const { valid, tests } = await loadPairs({ name: "multi30k", dir });
    expect(valid?.source).toEqual(["multi30k/tok/val.lc.norm.tok.de"]);
    expect(Object.keys(tests)).toEqual(["test2016", "test2017"]);
    expect((await loadPairs({ name: "multi30k", dir: join(dir, "multi30k") })).tests).toEqual(tests);
    await expect(loadPairs({ name: "multi30k", dir: await temporary() })).rejects.toThrow(
      /no train\.lc\.norm\.tok\.de or .*Copy data\/task1\/tok/,
    );
  });

  test("iwslt14: as prepare-iwslt14.sh leaves it, and not the text in pieces beside it", async () => {
    const made = "iwslt14.tokenized.de-en/tmp/";
    const parts = ["train", "valid", "test"].flatMap((part) => [`${part}.de`, `${part}.en`]);
    const dir = await folderOf({
      ...lines(...parts.flatMap((part) => [`${made}${part}`, `iwslt14.tokenized.de-en/${part}`])),
      "iwslt14.tokenized.de-en/code": "#version: 0.2\na b\n",
    });
    for (const place of [dir, join(dir, "iwslt14.tokenized.de-en"), join(dir, made)]) {
      const { train, valid, merges } = await loadPairs({ name: "iwslt14", dir: place });
      expect([train.source, valid?.target, merges]).toEqual([[`${made}train.de`], [`${made}valid.en`], [["a", "b"]]]);
    }
  });

  test("iwslt14: a sample and the validation text together, where the training text is absent", async () => {
    const parts = ["trainsample", "valid", "test"].flatMap((part) => [`iwslt14/${part}.de`, `iwslt14/${part}.en`]);
    const { train, valid } = await loadPairs({ name: "iwslt14", dir: await folderOf(lines(...parts)) });
    expect([train.source, valid]).toEqual([["iwslt14/trainsample.de", "iwslt14/valid.de"], undefined]);
    await expect(loadPairs({ name: "iwslt14", dir: await temporary() })).rejects.toThrow(
      /Run fairseq's examples\/translation\/prepare-iwslt14\.sh/,
    );
  });

  test("an unknown name gets the list", async () => {
    await expect(loadPairs({ name: "wmt" as PairSetName })).rejects.toThrow(
      /pairs: expected one of iwslt14 \(160,239 pairs.*; got "wmt"/,
    );
  });
});

describe("cleaning", () => {
  const words = (count: number): string => Array.from({ length: count }, () => "w").join(" ");
  const pairs = {
    source: ["a b c", "", "a b", "   ", words(4), words(5), "a b", "x".repeat(1001)],
    target: ["a b", "a", "a b c d", "b", words(5), words(4), "a b c", "y"],
  };

  test("drops by the first reason, counts, and keeps places", () => {
    const { pairs: kept, dropped } = cleanPairs(pairs, { words: 4, ratio: 1.5 });
    expect(Array.from(kept.lines)).toEqual([0, 6]);
    expect(kept.source).toEqual(["a b c", "a b"]);
    expect(dropped).toEqual({ empty: 2, long: 2, ratio: 1, word: 1 });
    expect(droppedText(dropped)).toBe(
      "2 with an empty side, 2 too long, 1 of too different lengths, 1 with a word of more than 1000 characters",
    );
  });

  test("without limits drops what is empty or no word", () => {
    const { pairs: kept, dropped } = cleanPairs(pairs, {});
    expect(Array.from(kept.lines)).toEqual([0, 2, 4, 5, 6]);
    expect(droppedText(dropped)).toBe("2 with an empty side, 1 with a word of more than 1000 characters");
  });

  test("refuses limits that nothing passes", () => {
    expect(() => cleanPairs(pairs, { ratio: 0.5 })).toThrow("ratio limit: expected a number ≥ 1, got 0.5");
  });
});

describe("validation pairs", () => {
  const texts = (count: number, mark: string): string[] => Array.from({ length: count }, (_, i) => `${mark}${i}`);
  const train = {
    source: texts(50, "s"),
    target: texts(50, "t"),
    lines: Uint32Array.from({ length: 50 }, (_, i) => i),
  };
  const own = { source: texts(9, "v"), target: texts(9, "w") };

  test("are taken out of training by the seed alone", () => {
    const { train: rest, valid, hash } = splitPairs({ train }, 20, 3);
    const again = splitPairs({ train }, 20, 3);
    expect([again.hash, again.valid]).toEqual([hash, valid]);
    expect(splitPairs({ train }, 20, 4).hash).not.toBe(hash);
    const taken = valid.source.map((text) => Number(text.slice(1)));
    expect([...rest, ...taken].sort((a, b) => a - b)).toEqual(Array.from(train.lines));
    expect(valid.target).toEqual(taken.map((i) => `t${i}`));
  });

  test("are those that the set keeps, all or some", () => {
    const { train: rest, valid } = splitPairs({ train, valid: own }, undefined, 1);
    expect([rest.length, valid]).toEqual([50, own]);
    const few = splitPairs({ train, valid: own }, 4, 1);
    expect([few.train.length, new Set(few.valid.source).size]).toEqual([50, 4]);
    expect(few.hash).not.toBe(splitPairs({ train, valid: own }, 4, 2).hash);
  });

  test("cannot be more than there are", () => {
    expect(() => splitPairs({ train, valid: own }, 10, 1)).toThrow(
      "--valid: expected at most the 9 pairs that the set keeps apart, got 10",
    );
    expect(() => splitPairs({ train }, 50, 1)).toThrow(
      "validation size: 50 leaves nothing to train on: there are 50 training examples",
    );
  });
});

describe.runIf(hasReal)("real sets", () => {
  const counts = { empty: 0, long: 0, ratio: 0, word: 0 };

  test("Multi30k with 4,000 merges: pairs, pieces, types and lengths", async () => {
    const set = await loadPairs({ name: "multi30k", dir: REAL });
    expect([set.train, set.valid!, ...Object.values(set.tests)].map(({ source }) => source.length)).toEqual([
      29000, 1014, 1000, 1000,
    ]);
    expect(set.dropped).toEqual(counts);
    const far = cleanPairs(set.train, { ratio: 1.5 });
    expect(far.dropped.ratio).toBe(669);
    const spelling = spellingOf(set, 4000);
    expect(spelling.hashes.merges).toBe("c58199b40df54912eba459c1657f1dc602d6c305e142d52b65ceace7e0c60621");
    expect(spelling.dictionary.counts.filter((count) => count > 0)).toHaveLength(4046);
    const train = encodePairs(set.train, spelling);
    const test = encodePairs(set.tests["test2016"]!, spelling);
    const pieces = [train.source, train.target, test.source, test.target].map(
      ({ values, offsets }) => values.length - offsets.length + 1,
    );
    expect(pieces).toEqual([451680, 436781, 15040, 14911]);
    expect([...test.source.values, ...test.target.values]).not.toContain(3);
    expect([train.source, train.target].map((ragged) => lengthsOf(ragged).reduce((a, b) => Math.max(a, b)))).toEqual([
      59, 53,
    ]);
  });

  test("IWSLT'14: what is here of it is clean, and has the lengths of its 10,000 merges", async () => {
    const set = await loadPairs({ name: "iwslt14", dir: REAL });
    expect([set.train.source.length, set.valid, set.tests["test"]!.source.length, set.dropped]).toEqual([
      15910,
      undefined,
      6750,
      counts,
    ]);
    const words = set.tests["test"]!.target.reduce((sum, line) => sum + wordsBetweenSpaces(line).length, 0);
    expect(words).toBe(131156);
    const spelling = spellingOf(set, 10000);
    const train = encodePairs(set.train, spelling);
    const sorted = [train.source, train.target].map((ragged) => lengthsOf(ragged).sort());
    expect(sorted.map((lengths) => [lengths[7955], lengths[15750], lengths.at(-1)])).toEqual([
      [20, 88, 210],
      [20, 84, 204],
    ]);
  });
});
