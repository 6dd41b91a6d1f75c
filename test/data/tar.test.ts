import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { create } from "tar";
import { describe, expect, test } from "vitest";
import { readArchive } from "../../src/data/formats/archive.ts";
import { tarHeader as header, temporary } from "./fixtures.ts";

const octal = (size: number): string => size.toString(8).padStart(11, "0");
const padded = (text: string): Buffer =>
  Buffer.concat([Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)]);
const entry = (name: string, text: string, type = "0"): Buffer[] => [
  header(name, octal(text.length), type),
  padded(text),
];
const END = Buffer.alloc(1024);

async function read(parts: readonly Buffer[], pack = true): Promise<Record<string, string>> {
  const path = join(await temporary(), "x.tar.gz");
  const bytes = Buffer.concat(parts);
  await writeFile(path, pack ? gzipSync(bytes) : bytes);
  const files = await readArchive(path, new Set(["a", "b"]));
  return Object.fromEntries([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));
}

describe("an archive", () => {
  test("has the wanted files, packed or not, whatever lies around them", async () => {
    const parts = [
      ...entry("x/a", "one"),
      ...entry("other", "two"),
      header("x/", octal(0), "5"),
      ...entry("b", "three"),
      END,
    ];
    for (const pack of [true, false]) expect(await read(parts, pack)).toEqual({ a: "one", b: "three" });
    expect(await read([...parts, Buffer.alloc(100_000, 7)])).toEqual({ a: "one", b: "three" });
    expect(await read(entry("a", "no zeros at the end"))).toEqual({ a: "no zeros at the end" });
    expect(await read([...entry("a", ""), END])).toEqual({ a: "" });
  });

  test("may have long names by GNU tar and by pax", async () => {
    const long = `${"d".repeat(120)}/a`;
    expect(await read([...entry("L", `${long}\0`, "L"), ...entry("ddd", "gnu"), ...entry("b", "next")])).toEqual({
      a: "gnu",
      b: "next",
    });
    const record = ` path=${long}\n`;
    const length = record.length + 3;
    expect(await read([...entry("PaxHeader", `${length}${record}`, "x"), ...entry("ddd", "pax")])).toEqual({
      a: "pax",
    });
  });

  test("that another program packed is read", async () => {
    const folder = await temporary();
    await mkdir(join(folder, "deep"));
    await writeFile(join(folder, "deep", "a"), "text");
    const file = join(folder, "x.tgz");
    for (const portable of [true, false]) {
      await create({ gzip: true, file, cwd: folder, portable }, ["deep"]);
      expect(Buffer.from((await readArchive(file, new Set(["a"]))).get("a")!).toString()).toBe("text");
    }
  });

  test.each<[string, Buffer[], RegExp]>([
    ["ends inside a file", [header("a", octal(1000)), Buffer.alloc(512)], /\(it is cut off inside a\)/],
    ["ends inside a header", [...entry("a", "x"), Buffer.alloc(100, 1)], /\(it is cut off\)/],
    ["is none", [Buffer.alloc(2048, "text")], /\(it does not begin as one\)/],
    ["has nothing in it", [END], /\(it has no entries\)/],
    ["has a damaged header", [...entry("a", "x"), Buffer.alloc(512, 1)], /\(entry 2 is damaged\)/],
    ["has an entry without a size", [header("a", "12x45678901")], /\(an entry has no size\)/],
    ["has a file of 2^70 bytes", [header("a", "\x80\0\x40\0\0\0\0\0\0\0\0\0")], /\(an entry has no size\)/],
    ["has a file of 2^40 bytes", [header("a", "\x80\0\0\0\0\0\x01\0\0\0\0\0")], /\(a has 1099511627776 bytes in it\)/],
    ["has a name of a GiB", [header("L", octal(2 ** 30), "L")], /\(L has 1073741824 bytes in it\)/],
    ["has too many entries", Array.from({ length: 10_001 }, () => header("c", octal(0))), /more than 10000 entries/],
    ["is packed twice", [gzipSync(Buffer.concat(entry("a", "x")))], /\(gzip packed it twice\)/],
  ])("that %s is refused", async (_, parts, message) => {
    await expect(read(parts)).rejects.toThrow(message);
    await expect(read(parts)).rejects.toThrow(/x\.tar\.gz: not a whole \.tar\.gz archive \(/);
  });

  test("that unpacks to more than a GiB is refused, in little memory and time", async () => {
    const path = join(await temporary(), "x.tar.gz");
    // Members of gzip follow one another: each unpacks to 64 MiB.
    const zeros = gzipSync(Buffer.alloc(2 ** 26));
    const begins = gzipSync(header("other", octal(2 ** 33 - 1)));
    await writeFile(path, Buffer.concat([begins, ...Array.from({ length: 100 }, () => zeros)]));
    const before = process.memoryUsage().rss;
    await expect(readArchive(path, new Set(["a"]))).rejects.toThrow(
      /x\.tar\.gz: not a whole \.tar\.gz archive \(it unpacks to more than 1073741824 bytes\)/,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
  });

  test("whose names lead outside writes nothing", async () => {
    expect(await read([...entry("../../../../a", "up"), ...entry("/etc/b", "root"), END])).toEqual({
      a: "up",
      b: "root",
    });
  });
});
