import { describe, expect, test } from "vitest";
import { bytes, duration, percent, table, thousands } from "../src/format.ts";

describe("formats", () => {
  test.each([
    [0.04, "40 ms"],
    [8.24, "8.2 s"],
    [9.96, "10 s"],
    [59.6, "1 min 00 s"],
    [65, "1 min 05 s"],
    [3599.7, "1 h 00 min"],
    [3725, "1 h 02 min"],
    [200000, "2 d 8 h"],
    [NaN, "–"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  test("shares, counts and bytes", () => {
    expect([percent(0.12345), percent(null), percent(1, 0)]).toEqual(["12.35 %", "–", "100 %"]);
    expect([thousands(7), thousands(466906), thousands(1e6)]).toEqual(["7", "466,906", "1,000,000"]);
    expect([bytes(512), bytes(1536), bytes(1.5 * 2 ** 30), bytes(24 * 2 ** 30)]).toEqual([
      "512 B",
      "1.5 KiB",
      "1.5 GiB",
      "24 GiB",
    ]);
  });

  test("tables align text left and numbers right", () => {
    expect(
      table(
        ["name", "error"],
        [
          ["a", "9.1 %"],
          ["long", "10.1 %"],
        ],
      ),
    ).toBe("name   error\n────  ──────\na      9.1 %\nlong  10.1 %");
  });
});
