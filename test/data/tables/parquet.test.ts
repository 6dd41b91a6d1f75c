import { readFileSync } from "node:fs";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import type { TableColumn } from "../../../src/data/tables/column.ts";
import { textAt } from "../../../src/data/tables/column.ts";
import { openParquet } from "../../../src/data/tables/parquet.ts";
import { testFolder } from "./folder.ts";

const { root, write } = testFolder();

type Columns = Parameters<typeof parquetWriteBuffer>[0]["columnData"];
const parquet = (
  name: string,
  columnData: Columns,
  rest: Omit<Parameters<typeof parquetWriteBuffer>[0], "columnData"> = {},
): string => write(name, new Uint8Array(parquetWriteBuffer({ columnData, ...rest })));

const shown = (column: TableColumn | undefined): unknown[] =>
  column?.kind === "texts" ? Array.from(column.codes, (_, row) => textAt(column, row)) : [...(column?.values ?? [])];

describe("Parquet", () => {
  test("types become text and numbers; empty cells stay empty; several row groups are one column", async () => {
    const path = parquet(
      "types.parquet",
      [
        { name: "i", data: [1, null, 3, 4], type: "INT32" },
        { name: "l", data: [2n ** 60n, 1n, null, -5n], type: "INT64" },
        { name: "d", data: [0.5, NaN, null, -2], type: "DOUBLE" },
        { name: "s", data: ["é", null, "", "z"], type: "STRING" },
        { name: "b", data: [true, false, null, true], type: "BOOLEAN" },
        { name: "t", data: [new Date(0), null, new Date(86_400_000), new Date(1)], type: "TIMESTAMP" },
      ],
      { rowGroupSize: 3 },
    );
    const source = await openParquet(path);
    expect(source.header).toEqual(["i", "l", "d", "s", "b", "t"]);
    const texts = await source.read(new Map(source.header.map((name) => [name, "text"])));
    expect(Object.fromEntries([...texts.columns].map(([name, column]) => [name, shown(column)]))).toEqual({
      i: ["1", "", "3", "4"],
      l: ["1152921504606846976", "1", "", "-5"],
      d: ["0.5", "", "", "-2"],
      s: ["é", "", "", "z"],
      b: ["true", "false", "", "true"],
      t: ["1970-01-01T00:00:00.000Z", "", "1970-01-02T00:00:00.000Z", "1970-01-01T00:00:00.001Z"],
    });
    const values = await source.read(new Map(["i", "l", "d", "s"].map((name) => [name, "value"])));
    expect([...values.columns.values()].map((column) => column.kind)).toEqual([
      "numbers",
      "numbers",
      "numbers",
      "texts",
    ]);
    expect(shown(values.columns.get("d"))).toEqual([0.5, NaN, NaN, -2]);
    expect(shown(values.columns.get("l"))).toEqual([2 ** 60, 1, NaN, -5]);
  });

  test("shards are read in the order of their names, and places count within a shard", async () => {
    const column = (data: number[]): Columns => [{ name: "x", data, type: "INT32" }];
    parquet("shards/b.parquet", column([3, 4]));
    parquet("shards/a.parquet", column([1, 2]));
    write("shards/.c.parquet", "no table");
    const { columns, place } = await (await openParquet(`${root}/shards`)).read(new Map([["x", "value"]]));
    expect(shown(columns.get("x"))).toEqual([1, 2, 3, 4]);
    expect(place(3)).toBe(`${root}/shards/b.parquet, row 1`);
    parquet("shards/d.parquet", [{ name: "y", data: [1], type: "INT32" }]);
    await expect(openParquet(`${root}/shards`)).rejects.toThrow("expected the columns of a.parquet (x), found y");
  });

  test("names of classes come from the metadata of Hugging Face's datasets", async () => {
    const info = { info: { features: { label: { names: ["cat", "dog"], _type: "ClassLabel" } } } };
    const path = parquet("names.parquet", [{ name: "label", data: [1, 0], type: "INT32" }], {
      kvMetadata: [{ key: "huggingface", value: JSON.stringify(info) }],
    });
    const source = await openParquet(path);
    expect([source.classNames?.("label"), source.classNames?.("other")]).toEqual([["cat", "dog"], undefined]);
  });

  test("of a group of bytes and path, the bytes are read; lists are refused", async () => {
    const path = parquet(
      "images.parquet",
      [{ name: "image", data: [{ bytes: Uint8Array.of(1, 2), path: "a" }, { bytes: null, path: "b" }, null] }],
      {
        schema: [
          { name: "root", num_children: 1 },
          { name: "image", repetition_type: "OPTIONAL", num_children: 2 },
          { name: "bytes", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" },
          { name: "path", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
        ],
      },
    );
    const source = await openParquet(path);
    expect(source.members("image")).toEqual(["bytes", "path"]);
    for await (const { values } of source.values("image"))
      expect(Array.from(values as unknown[], (value) => value ?? null)).toEqual([Uint8Array.of(1, 2), null, null]);
    const list = parquet("list.parquet", [{ name: "x", data: [[1, 2], [3]] }], {
      schema: [
        { name: "root", num_children: 1 },
        { name: "x", converted_type: "LIST", repetition_type: "OPTIONAL", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
      ],
    });
    const lists = await openParquet(list);
    await expect(lists.read(new Map([["x", "text"]]))).rejects.toThrow(/column x (is a list|is a group)/);
  });

  test("what is no table says so; infinite numbers have their row", async () => {
    const path = parquet("whole.parquet", [{ name: "x", data: [1, Infinity], type: "DOUBLE" }]);
    await expect((await openParquet(path)).read(new Map([["x", "value"]]))).rejects.toThrow(
      "row 1: column x is not finite",
    );
    const bytes = readFileSync(path);
    await expect(openParquet(write("cut.parquet", bytes.subarray(0, -3)))).rejects.toThrow("must end with PAR1");
    await expect(openParquet(write("empty.parquet", ""))).rejects.toThrow("must end with PAR1");
    const encrypted = Buffer.concat([bytes.subarray(0, -4), Buffer.from("PARE")]);
    await expect(openParquet(write("secret.parquet", encrypted))).rejects.toThrow("is encrypted");
    write("none/readme.txt", "");
    await expect(openParquet(`${root}/none`)).rejects.toThrow("holds no .parquet files");
  });

  test("a codec that nothing unpacks names the column and what to write instead", async () => {
    const path = parquet("lzo.parquet", [{ name: "x", data: ["a", "b"], type: "STRING" }], {
      codec: "LZO",
      compressors: { LZO: (bytes: Uint8Array) => bytes },
    });
    const source = await openParquet(path);
    await expect(source.read(new Map([["x", "text"]]))).rejects.toThrow(
      /column x is packed with LZO.*Snappy, Zstandard/,
    );
  });
});
