import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseNoise } from "../../../src/data/noise/parse.ts";
import { textSource } from "../../../src/data/texts/load-texts.ts";
import type { TextSet } from "../../../src/data/texts/text-set.ts";
import { vocabularyOf, wordsOf } from "../../../src/data/texts/vocabulary.ts";
import { classCounts } from "../../../src/data/labels.ts";
import { confusion } from "../../../src/tasks/record.ts";
import { hasReal, REAL, temporary } from "../fixtures.ts";

const load = (name: string, dir: string): Promise<TextSet> => textSource(name)!.load(dir);

/** A folder of a news set: two training titles, of which the second was given another label, one to validate, one to test. */
async function news(changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const dir = await temporary();
  const files = {
    "train_clean.tsv": "news_title\tlabel\nYa ce \"a'a\tHealth\nTa zo\tWorld\n",
    "train_clean_noisy_labels.tsv": "\tnews_title\tlabel\n0\tYa ce \"a'a\tHealth\n1\tTa zo\tAfrica\n",
    "dev.tsv": "news_title\tlabel\nSun tafi\tNigeria\n",
    "test.tsv": "news_title\tlabel\nMun gani\tPolitics\n",
    ...changes,
  };
  await mkdir(join(dir, "hausa_newsclass"));
  for (const [file, text] of Object.entries(files)) await writeFile(join(dir, "hausa_newsclass", file), text);
  return dir;
}

describe("words", () => {
  test("are letters, marks and digits in lower case; every other sign stands alone", () => {
    expect(wordsOf("Kuri'arsa, A 2019?!")).toEqual(["kuri", "'", "arsa", ",", "a", "2019", "?", "!"]);
    // A letter with a mark of its own is one word with it, however it was typed.
    expect(wordsOf("Ọ̀jọ̀gbọ́n")).toHaveLength(1);
    expect(wordsOf("e\u0301")).toEqual(wordsOf("\u00e9"));
    expect(wordsOf(" \u00a0\t")).toEqual([]);
  });

  test("are numbered by falling count; unseen ones, and a text without any, are <unk>", () => {
    const { encode, size, hash } = vocabularyOf(["b a B", "a b c"], 0);
    expect([...encode("B a c")]).toEqual([5, 6, 7]);
    expect([...encode("d b")]).toEqual([3, 5]);
    expect([...encode("")]).toEqual([3]);
    expect(size).toBe(8);
    expect(vocabularyOf(["b a B", "a b d"], 0).hash).not.toBe(hash);
  });

  test("become pieces by merges that the training text teaches", () => {
    const { encode, hash } = vocabularyOf(["ab ab ab abc"], 1);
    // a and b at the end of a word are the most frequent pair.
    expect(encode("ab")).toHaveLength(1);
    expect(encode("abc")).toHaveLength(3);
    expect(vocabularyOf(["ab ab ab abc"], 0).hash).not.toBe(hash);
  });
});

describe("sets of texts", () => {
  test("news: quotes mean nothing, dev is kept apart behind training, given labels are those of the twin", async () => {
    const set = await load("hausa", await news());
    expect(set.train.texts).toEqual(["Ya ce \"a'a", "Ta zo", "Sun tafi"]);
    expect([[...set.train.labels], [...set.train.given!], [...set.apart!]]).toEqual([[1, 4, 2], [1, 0, 2], [2]]);
    expect([set.test.texts, [...set.test.labels]]).toEqual([["Mun gani"], [3]]);
  });

  test("--noise given is the twin, whatever the seed, and no noise of a set without one", async () => {
    const set = await load("hausa", await news());
    const fit = (seed: number) => parseNoise("given").fit(set, { seed, folder: "none" });
    const { labels, mask, rate } = (await fit(2)).corrupt(Uint32Array.of(0, 1, 2), "noise");
    expect([[...labels], [...mask], rate]).toEqual([[1, 0, 2], [0, 1, 0], 1 / 3]);
    const { texts, labels: right } = set.train;
    const without = { ...set, train: { texts, labels: right } };
    expect(() => parseNoise("given").fit(without, { seed: 1, folder: "none" })).toThrow(
      /^noise: "given" needs a data set .*; hausa has none/,
    );
    expect(() => parseNoise("given:1")).toThrow('noise: "given" takes no value, got "given:1"');
  });

  test.each([
    [{ "train_clean_noisy_labels.tsv": "\tnews_title\tlabel\n0\tYa ce\tHealth\n1\tTa zo\tAfrica\n" }, /line 2 differs/],
    [{ "train_clean_noisy_labels.tsv": "\tnews_title\tlabel\n0\tYa ce \"a'a\tHealth\n" }, /line 3 differs/],
    [
      { "test.tsv": "title\tlabel\nx\tWorld\n" },
      /test\.tsv: expected columns news_title and label, found title, label/,
    ],
    [{ "dev.tsv": "news_title\tlabel\nx\ty\tWorld\n" }, /dev\.tsv, line 2: expected 2 columns, found 3/],
    [{ "test.tsv": "news_title\tlabel\nx\tSport\n" }, /expected one of the labels Africa, .*; row 1 has "Sport"/],
  ])("a damaged file is named: %o", async (changes, message) => {
    await expect(load("hausa", await news(changes))).rejects.toThrow(message);
  });

  test("TREC is Latin-1 with an id, a space and the question", async () => {
    const dir = await temporary();
    await writeFile(join(dir, "TREC.train.all"), Buffer.from("3 Who was Ren\xe9 ?\r\n0 What is an atom ?\n", "latin1"));
    await writeFile(join(dir, "TREC.test.all"), "5 How far is it ?\n");
    const { train, test: tested, apart } = await load("trec", dir);
    expect([train.texts, [...train.labels]]).toEqual([
      ["Who was René ?", "What is an atom ?"],
      [3, 0],
    ]);
    expect([tested.texts, [...tested.labels], apart]).toEqual([["How far is it ?"], [5], undefined]);
    await writeFile(join(dir, "TREC.test.all"), "6 How far is it ?\n");
    await expect(load("trec", dir)).rejects.toThrow(/TREC\.test\.all, line 1: expected an id of 0 … 5/);
    await expect(load("trec", join(dir, "nowhere"))).rejects.toThrow(/^trec: no TREC\.train\.all in .*Copy it/);
  });
});

describe.skipIf(!hasReal)("the real sets", () => {
  test("TREC has 5,452 and 500 questions in the published proportions", async () => {
    const { train, test: tested } = await load("trec", REAL);
    expect([train.texts.length, tested.texts.length]).toEqual([5452, 500]);
    expect(classCounts(train.labels, 6)).toEqual([1162, 1250, 86, 1223, 835, 896]);
    expect(train.texts.length - new Set(train.texts).size).toBe(71);
  });

  test("Hausa's given labels are the published confusion, 50.37 % wrong", async () => {
    const { train, test: tested, apart, classes } = await load("hausa", REAL);
    const own = train.texts.length - apart!.length;
    expect([own, apart!.length, tested.texts.length]).toEqual([2045, 290, 582]);
    expect(confusion(train.labels.subarray(0, own), train.given!.subarray(0, own), classes.length)).toEqual([
      [158, 2, 42, 7, 106],
      [34, 168, 83, 2, 147],
      [46, 2, 158, 3, 240],
      [25, 0, 94, 111, 54],
      [58, 2, 68, 15, 420],
    ]);
  });

  test("Yorùbá's given labels are 33.28 % wrong", async () => {
    const { train, test: tested, apart } = await load("yoruba", REAL);
    const wrong = train.labels.filter((label, n) => label !== train.given![n]).length;
    expect([train.texts.length - apart!.length, apart!.length, tested.texts.length]).toEqual([1340, 189, 379]);
    expect(wrong / 1340).toBeCloseTo(0.3328, 4);
  });
});
