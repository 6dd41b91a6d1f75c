import { expect, test } from "vitest";
import { encodeFeatures, fitFeatures } from "../../../src/data/own/features.ts";
import type { FeatureContent } from "../../../src/data/own/features.ts";
import type { TableColumn } from "../../../src/data/tables/column.ts";
import { textColumn } from "../../../src/data/tables/column.ts";

const columns: FeatureContent = {
  kind: "columns",
  columns: new Map<string, TableColumn>([
    ["age", { kind: "numbers", values: Float64Array.of(1, 3, NaN, 100) }],
    ["same", { kind: "numbers", values: Float64Array.of(5, 5, 5, 6) }],
    ["city", textColumn(["Ulm", "Bonn", "", "Köln"])],
  ]),
};

test("mean and deviation of the training rows, one-hot, empty numbers with a mark, unseen values all zeros", () => {
  const encodings = fitFeatures("t.csv", columns, Int32Array.of(0, 1, 2));
  const { names, width, values } = encodeFeatures(columns, encodings, Int32Array.of(0, 1, 2, 3));
  expect(names).toEqual(["age", "age is missing", "same", "city=Bonn", "city=Ulm"]);
  // Of 1 and 3 the mean is 2 and the deviation 1; the row with 100 was no training row.
  expect(Array.from({ length: 4 }, (_, n) => [...values.subarray(n * width, (n + 1) * width)])).toEqual([
    [-1, 0, 0, 0, 1],
    [1, 0, 0, 1, 0],
    [0, 1, 0, 0, 0],
    [98, 0, 1, 0, 0],
  ]);
});

test("vectors are standardised like columns", () => {
  const vectors: FeatureContent = { kind: "vectors", width: 2, values: Float32Array.of(0, 7, 4, 7, 8, 9) };
  const encodings = fitFeatures("x.npz", vectors, Int32Array.of(0, 1));
  expect([...encodeFeatures(vectors, encodings, Int32Array.of(2, 0)).values]).toEqual([3, 2, -1, 0]);
});

test("a text column that is no category, and a column without a number, are named", () => {
  const ids = textColumn(Array.from({ length: 101 }, (_, n) => `v${n}`));
  const rows = Int32Array.from({ length: 101 }, (_, n) => n);
  expect(() => fitFeatures("t.csv", { kind: "columns", columns: new Map([["id", ids]]) }, rows)).toThrow(
    "column id has 101 different texts in the training rows. Up to 100 become features",
  );
  const empty = { kind: "numbers", values: Float64Array.of(NaN) } as const;
  expect(() => fitFeatures("t.csv", { kind: "columns", columns: new Map([["e", empty]]) }, Int32Array.of(0))).toThrow(
    "column e has no number in the training rows",
  );
});
