import { Resvg } from "@resvg/resvg-js";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { pixelsPng } from "../../src/report/pixels-png.ts";
import { suspectsPage } from "../../src/report/suspects-page.ts";
import { suspectsOf } from "../../src/train/after/suspects.ts";
import { prepareImages } from "../../src/tasks/images/kind.ts";
import { train } from "../../src/train/run.ts";
import { tiny } from "../train/tiny.ts";

/** Red, green and blue of each pixel of a PNG, as another program decodes it. */
function decoded(png: Buffer, width: number, height: number): number[] {
  const href = `data:image/png;base64,${png.toString("base64")}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><image href="${href}" width="${width}" height="${height}" image-rendering="optimizeSpeed"/></svg>`;
  return [...new Resvg(svg).render().pixels].filter((_, i) => i % 4 < 3);
}

describe("PNG files", () => {
  test("of three channels show each pixel's colour", () => {
    // [3, 2, 4]: the channels one after the other.
    const pixels = Uint8Array.from({ length: 24 }, (_, i) => 10 * i);
    const wanted = Array.from({ length: 8 }, (_, at) => [10 * at, 10 * (8 + at), 10 * (16 + at)]).flat();
    expect(decoded(pixelsPng(pixels, [3, 2, 4]), 4, 2)).toEqual(wanted);
  });

  test("of one channel are grey", () => {
    const grey = Uint8Array.of(0, 100, 200, 255, 1, 2);
    expect(decoded(pixelsPng(grey, [1, 3, 2]), 2, 3)).toEqual([...grey].flatMap((x) => [x, x, x]));
  });

  test("of two channels there are none", () => {
    expect(() => pixelsPng(new Uint8Array(8), [2, 2, 2])).toThrow("expected one channel or three, got 2");
  });
});

describe("the page of suspects", () => {
  const pixels = new Uint8Array(12);
  const images = [
    { index: 7, given: "cat", right: "cat", weight: 0.01, pixels },
    { index: 3, given: "d<o>g", right: "cat", weight: 0.0249, pixels },
    { index: 9, given: "cat", right: "dog", weight: 0.3, pixels },
  ];
  const page = suspectsPage({ shape: [3, 2, 2], images }, "Suspects", [["run", "runs/a & b"]]);

  test("shows wrong labels first, with what is given, what is right, and the weight", () => {
    const order = [...page.matchAll(/alt="image (\d)"/g)].map(([, index]) => index);
    expect(order).toEqual(["3", "9", "7"]);
    const cards = page.split("<li>").slice(1);
    expect(cards[0]).toMatch(
      /given<\/span> <span class="wrong">d&lt;o&gt;g<.*right<\/span> cat.*weight<\/span> 0\.025/,
    );
    expect(cards[2]).toMatch(/given<\/span> cat<br><span>weight<\/span> 0\.010/);
    expect(page).toContain("2 whose label is wrong indeed");
    expect(page).toContain("1 whose label is right");
  });

  test("needs nothing else, in light and in dark", () => {
    expect(page).not.toMatch(/(src|href)="(?!data:)/);
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page).toContain("<dd>runs/a &amp; b</dd>");
  });
});

test("the suspects of a run are the first of weights.csv, with the pixels of the data set", async () => {
  const config = tiny({ student: "mlp", method: "transition", epochs: 2, seed: 5 });
  await train(config);
  const rows: Record<string, string>[] = parse(readFileSync(join(config.out!, "weights.csv")), { columns: true });
  const { shape, images } = await suspectsOf(config.out!, 10);
  const { train: examples, classes } = await prepareImages(config);
  expect(images.map(({ index }) => String(index))).toEqual(rows.slice(0, 10).map((row) => row["index"]));
  const size = shape[0] * shape[1] * shape[2];
  images.forEach(({ index, given, right, weight, pixels }, i) => {
    const row = rows[i]!;
    expect([given, right]).toEqual([row["given_class"], classes[Number(row["clean_label"])]]);
    expect(weight).toBeCloseTo(Number(row["mean_weight"]), 5);
    expect([...pixels]).toEqual([...examples.pixels.slice(index * size, (index + 1) * size)]);
  });
});
