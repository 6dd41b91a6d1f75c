import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { dictionaryOf, SPECIAL } from "../../../src/data/text/dictionary.ts";
import { lengthsOf, raggedOf, rowOf } from "../../../src/data/text/ragged.ts";

describe("a dictionary", () => {
  const dictionary = dictionaryOf(["b a b 💡 ﬁ", "c  b a MASK <pad>"]);

  test("has the special symbols, then pieces by count, ties by code points, then a multiple of 8", () => {
    const special = ["<s>", "<pad>", "</s>", "<unk>", "MASK"];
    const symbols = [...special, "b", "a", "c", "ﬁ", "💡"];
    const fill = ["0000", "0001", "0002", "0003", "0004", "0005"].map((n) => `madeupword${n}`);
    expect(dictionary.symbols).toEqual([...symbols, ...fill]);
    expect(dictionary.counts.slice(0, 11)).toEqual([0, 1, 0, 0, 1, 3, 2, 1, 1, 1, 0]);
    expect(dictionary.hash).toBe(
      createHash("sha256")
        .update([...symbols, ...fill].join("\n"))
        .digest("hex"),
    );
  });

  test("a size that is a multiple of 8 stays", () => {
    expect(dictionaryOf(["x y z"]).symbols).toHaveLength(8);
    expect(dictionaryOf(["x y z w"]).symbols).toHaveLength(16);
  });

  test("encodes with </s> at the end; what it does not know, and what looks like a mark, is <unk>", () => {
    expect(Array.from(dictionary.encode("b x <pad> <s> MASK"))).toEqual([5, 3, 3, 3, 4, 2]);
    expect(Array.from(dictionary.encode(""))).toEqual([SPECIAL.eos]);
  });

  test("decodes without the marks of beginning, end and padding", () => {
    expect(dictionary.decode([0, 5, 3, 4, 9, 2, 1, 1])).toBe("b <unk> MASK 💡");
  });
});

test("rows of different lengths", () => {
  const rows = [Int32Array.of(1, 2, 3), Int32Array.of(), Int32Array.of(4)];
  const ragged = raggedOf(rows);
  expect(Array.from(ragged.offsets)).toEqual([0, 3, 3, 4]);
  expect(Array.from(lengthsOf(ragged))).toEqual([3, 0, 1]);
  expect(rows.map((_, n) => rowOf(ragged, n))).toEqual(rows);
});
