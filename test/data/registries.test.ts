/** A new data set or noise model is a file (made-up/) and a line in its registry: nothing else knows their names. */

import { describe, expect, test, vi } from "vitest";
import { parseNoise } from "../../src/data/noise/parse.ts";
import type { DatasetName } from "../../src/data/sets/load.ts";
import { DATASETS, loadDataset } from "../../src/data/sets/load.ts";
import { temporary } from "./fixtures.ts";
import { FILE } from "./made-up/shades.ts";
import { serve } from "./serve.ts";

// The line in each registry.
vi.mock(import("../../src/data/sets/registry.ts"), async (original) => {
  const { builtInSets } = await original();
  const { shades } = await import("./made-up/shades.ts");
  return { builtInSets: [...builtInSets, shades] as unknown as typeof builtInSets };
});
vi.mock(import("../../src/data/noise/models.ts"), async (original) => {
  const { noiseModels } = await original();
  const { constant } = await import("./made-up/constant.ts");
  return { noiseModels: [...noiseModels, constant] };
});

describe("a data set that joins the registry", () => {
  const name = "shades" as DatasetName;

  test("is one of the names", () => {
    expect(DATASETS).toEqual(["cifar10", "cifar100", "mnist", "glyphs", "shades"]);
  });

  test("is fetched once, and loaded", async () => {
    let requests = 0;
    const base = await serve((_, response) => {
      requests++;
      response.end(FILE);
    });
    const dir = await temporary();
    for (let load = 0; load < 2; load++) {
      const { train, classes } = await loadDataset({ name, dir, base, download: true });
      expect([Array.from(train.labels), classes]).toEqual([
        [0, 0, 1, 1],
        ["black", "white"],
      ]);
    }
    expect(requests).toBe(1);
  });

  test("stands in the list that an unknown name gets", async () => {
    await expect(loadDataset({ name: "shade" as DatasetName })).rejects.toThrow(/, shades \(two shades\), got "shade"/);
  });
});

describe("a noise model that joins the registry", () => {
  test("is read from a setting and labels examples", async () => {
    const setting = parseNoise("constant:2");
    const data = { name: "set", classes: ["a", "b", "c"], train: { labels: Uint8Array.of(0, 1, 2, 2) } };
    const { labels, rate } = (await setting.fit(data, { seed: 1, folder: "none" })).corrupt(
      Uint32Array.of(1, 2, 3),
      "noise",
    );
    expect([setting.text, Array.from(labels), rate]).toEqual(["constant:2", [2, 2, 2], 1 / 3]);
  });

  test("stands in errors, with the name that other programs have for it", () => {
    expect(() => parseNoise("const:1")).toThrow(/ or constant:CLASS, got "const:1"\. Did you mean constant\?/);
  });
});
