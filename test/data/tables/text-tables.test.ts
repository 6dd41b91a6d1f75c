import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { describe, expect, test } from "vitest";
import { openCsv } from "../../../src/data/tables/csv.ts";
import type { TableColumn } from "../../../src/data/tables/column.ts";
import { textAt } from "../../../src/data/tables/column.ts";
import { openJsonl } from "../../../src/data/tables/jsonl.ts";
import type { Table, TableSource } from "../../../src/data/tables/table.ts";
import { testFolder } from "./folder.ts";

const { write } = testFolder();

const texts = (column: TableColumn | undefined): string[] =>
  column?.kind === "texts" ? Array.from(column.codes, (_, row) => textAt(column, row)) : [];
const numbers = (column: TableColumn | undefined): number[] => (column?.kind === "numbers" ? [...column.values] : []);
const asText = (source: TableSource): Promise<Table> =>
  source.read(new Map(source.header.map((name) => [name, "text"])));

/** All rows as text. */
async function rowsOf(path: string): Promise<string[][]> {
  const source = await (/jsonl$/.test(path) ? openJsonl : openCsv)(path);
  const { count, columns } = await asText(source);
  const all = source.header.map((name) => texts(columns.get(name)));
  return [[...source.header], ...Array.from({ length: count }, (_, row) => all.map((column) => column[row]!))];
}

const failure = async (path: string): Promise<string> => {
  const source = await (/jsonl$/.test(path) ? openJsonl(path) : openCsv(path));
  return asText(source).then(
    () => "no error",
    (error: Error) => error.message.replace(path, "FILE"),
  );
};

describe("CSV and TSV", () => {
  test("quotes, doubled quotes, delimiters and line ends within fields; lines are counted as an editor does", async () => {
    const path = write("quotes.csv", 'path,label\r\n"a,1.png","cat\r\ntwo"\r\n\r\nb.png,"say ""hi"""\r\nc.png,d"g');
    expect(await rowsOf(path)).toEqual([
      ["path", "label"],
      ["a,1.png", "cat\r\ntwo"],
      ["b.png", 'say "hi"'],
      ["c.png", 'd"g'],
    ]);
    const { place } = await asText(await openCsv(path));
    expect([0, 1, 2].map(place)).toEqual([2, 5, 6].map((line) => `${path}, line ${line}`));
  });

  test.each([
    ["utf8.csv", (text: string) => Buffer.from(text)],
    ["mark.csv", (text: string) => Buffer.from("\ufeff" + text)],
    ["utf16le.csv", (text: string) => Buffer.from("\ufeff" + text, "utf16le")],
    ["utf16be.csv", (text: string) => Buffer.from("\ufeff" + text, "utf16le").swap16()],
  ])("%s: encodings that editors write", async (name, encode) => {
    expect(await rowsOf(write(name, encode("path,label\nä.png,猫 😀\n")))).toEqual([
      ["path", "label"],
      ["ä.png", "猫 😀"],
    ]);
  });

  test("a multi-byte character across pieces of the file stays whole", async () => {
    const path = write("long.csv", `path,label\n${"€😀".repeat(60_000)},猫\n${"é".repeat(200_000)},x\n`);
    expect((await rowsOf(path)).slice(1)).toEqual([
      ["€😀".repeat(60_000), "猫"],
      ["é".repeat(200_000), "x"],
    ]);
  });

  test("semicolons and tabs in a .csv are seen in its header and told", async () => {
    const semicolons = write("semi.csv", '"path";label\n"a;b.png";cat\n');
    expect(await rowsOf(semicolons)).toEqual([
      ["path", "label"],
      ["a;b.png", "cat"],
    ]);
    expect((await openCsv(semicolons)).remarks).toEqual([`${semicolons}: semicolons part its columns`]);
    expect(await rowsOf(write("tabs.tsv", "path\tlabel\na,b\tcat\n"))).toEqual([
      ["path", "label"],
      ["a,b", "cat"],
    ]);
    expect(await rowsOf(write("one.csv", "id\na\nb\n"))).toEqual([["id"], ["a"], ["b"]]);
  });

  test("500 random tables read as csv-parse reads them", async () => {
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
    const CELLS = ["", "a", "ab", '"', ",", "\n", "\r\n", "é", " x ", '""', "1,5", "猫\t", "0"];
    for (let n = 0; n < 500; n++) {
      const width = 2 + random(4);
      const cell = (): string => Array.from({ length: random(4) }, () => CELLS[random(CELLS.length)]!).join("");
      const rows = Array.from({ length: 1 + random(6) }, () => Array.from({ length: width }, cell));
      const header = Array.from({ length: width }, (_, i) => `c${i}`);
      const text = stringify([header, ...rows], {
        record_delimiter: random(2) ? "\n" : "\r\n",
        quoted_match: /[\r\n]/,
      });
      expect(await rowsOf(write("random.csv", text))).toEqual(parse(text));
    }
  });

  test("numbers, empty and missing ones, and columns that are categories", async () => {
    const text = "age,city,code,n\n1.50,Ulm,007,-1e3\n,Bonn,x,NA\n+3,,y,.5\n";
    const source = await openCsv(write("values.csv", text));
    const { columns } = await source.read(new Map(source.header.map((name) => [name, "value"])));
    expect(numbers(columns.get("age"))).toEqual([1.5, NaN, 3]);
    expect(numbers(columns.get("n"))).toEqual([-1000, NaN, 0.5]);
    expect(texts(columns.get("city"))).toEqual(["Ulm", "Bonn", ""]);
    expect(texts(columns.get("code"))).toEqual(["007", "x", "y"]);
  });

  test("a column of numbers with a slip in it is an error, no category", async () => {
    const path = write("slip.csv", 'age,l\n1,a\n2,a\n"1,5",a\n4,b\n');
    const source = await openCsv(path);
    await expect(source.read(new Map([["age", "value"]]))).rejects.toThrow(
      `${path}, line 4: column age has numbers in 3 of 4 rows that are not empty, but "1,5" here`,
    );
    const hex = await openCsv(write("hex.csv", "age\n1\n2\n0x10\nInfinity\n1e999\n3\n4\n"));
    await expect(hex.read(new Map([["age", "value"]]))).rejects.toThrow('4 of 7 rows that are not empty, but "0x10"');
  });

  test.each([
    ["ragged.csv", "a,b,c\n1,2,3\n4,5\n", "FILE, line 3: expected 3 columns (a, b, c), found 2. Put"],
    ["open.csv", 'a,b\n1,2\n"3,4\n5,6\n', "FILE, line 3: a quoted field begins here and does not end"],
    ["after.csv", 'a,b\n1,"2"x\n', "FILE, line 2, column 6: text follows the end of a quoted field"],
    ["rows.csv", "a,b\n", "FILE: has a header and no rows"],
    ["cr.csv", "a,b\n1,2\r3,4\r", "FILE, line 2: a line ends with CR alone"],
  ])("%s: the message has the line", async (name, text, message) => {
    expect(await failure(write(name, text))).toContain(message);
  });

  test.each([
    ["zero.csv", "", "is empty"],
    ["twice.csv", "a,b,a\n1,2,3\n", "two columns are called a. Rename"],
    ["nul.csv", "a,b\n\0,1\n", "has NUL characters"],
  ])("%s is refused when it is opened", async (name, text, message) => {
    await expect(openCsv(write(name, text))).rejects.toThrow(message);
  });

  test("Latin-1 is told with its line and column, far into the file", async () => {
    const head = `a,b\n${"1,2\n".repeat(100_000)}`;
    const path = write("latin.csv", Buffer.concat([Buffer.from(head), Buffer.from("x,\xe4\n", "latin1")]));
    const source = await openCsv(path);
    await expect(asText(source)).rejects.toThrow("byte 0xe4 in line 100002, column 3 is not UTF-8");
  });
});

describe("JSONL", () => {
  test("numbers, booleans, null and absent members are text; lines are counted", async () => {
    const path = write("a.jsonl", '{"path":"a","n":1.5,"ok":true}\r\n\n{"path":"b","n":null,"z":"0"}\n');
    expect(await rowsOf(path)).toEqual([
      ["path", "n", "ok", "z"],
      ["a", "1.5", "true", ""],
      ["b", "", "", "0"],
    ]);
    expect((await asText(await openJsonl(path))).place(1)).toBe(`${path}, line 3`);
  });

  test.each([
    ['{"a":1}\n{"a":', "line 2: expected one JSON object a line"],
    ['{"a":1}\n[1]\n', "line 2: expected a JSON object, got a list"],
    ["\n\n", "is empty"],
  ])("%j is refused with its line", async (text, message) => {
    await expect(openJsonl(write("bad.jsonl", text))).rejects.toThrow(message);
  });

  test("what is no text is refused where its column is read, and so are numbers that JSON does not hold exactly", async () => {
    const source = await openJsonl(write("odd.jsonl", '{"a":[1],"b":12345678901234567890,"c":1}\n'));
    const read = (name: string): Promise<Table> => source.read(new Map([[name, "text"]]));
    await expect(read("a")).rejects.toThrow("line 1: expected a to be text, a number, true, false or null, got a list");
    await expect(read("b")).rejects.toThrow("b is a number too long to be read exactly. Write it as text");
    expect((await read("c")).count).toBe(1);
  });
});
