import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readNpy, readNpz } from "../../../src/data/own/arrays.ts";
import type { SourceRows } from "../../../src/data/own/source-rows.ts";
import { roleAt } from "../../../src/data/own/source-rows.ts";
import { testFolder } from "../tables/folder.ts";
import { npy, npyText, npz } from "../tables/numpy.ts";

const { write } = testFolder();
/** Made by NumPy 2.4: `np.savez_compressed`, `np.savez`, `np.save`. */
const byNumpy = (name: string): string => fileURLToPath(new URL(`../tables/by-numpy/${name}`, import.meta.url));

const role = (rows: SourceRows, name: Parameters<typeof roleAt>[1]): string[] =>
  Array.from({ length: rows.count }, (_, row) => roleAt(rows, name, row));

describe("files by NumPy", () => {
  test("compressed, Fortran order, big endian, text of both kinds, booleans", async () => {
    const rows = await readNpz(byNumpy("c.npz"));
    expect(rows.content).toEqual({ kind: "vectors", width: 3, values: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) });
    expect([role(rows, "label"), role(rows, "id"), role(rows, "trusted")]).toEqual([
      ["cat", "日本"],
      ["a", "b"],
      ["1", "0"],
    ]);
  });

  test("float16, an unknown label, names of classes", async () => {
    const rows = await readNpz(byNumpy("s.npz"));
    expect(rows.content).toEqual({ kind: "vectors", width: 2, values: Float32Array.of(1.5, -2, 65504, 2 ** -24) });
    expect(role(rows, "label")).toEqual(["1", ""]);
    expect(rows.classNames).toEqual(["no", "yes"]);
  });

  test("images in Fortran order are turned", async () => {
    const { content } = await readNpy(byNumpy("img.npy"));
    // arange(24) as [2, 3, 2, 2], of which the first channel.
    expect(content).toEqual({
      kind: "pixels",
      shape: [3, 2, 1],
      pixels: Uint8Array.from({ length: 12 }, (_, i) => 2 * i),
    });
  });
});

describe("arrays", () => {
  const x = npy("<f4", [2, 2], Float32Array.of(1, 2, 3, 4));

  test("labels beside features: a .npy of integers or of text", async () => {
    const path = write("x.npy", x);
    expect(role(await readNpy(path, write("y.npy", npy("<i8", [2], BigInt64Array.of(7n, -1n)))), "label")).toEqual([
      "7",
      "",
    ]);
    expect(role(await readNpy(path, write("t.npy", npyText(["ja", "nein"]))), "label")).toEqual(["ja", "nein"]);
    expect((await readNpy(path)).roles).toEqual({});
  });

  test.each([
    ["names", npz({ z: x }), "expected an array called x, embeddings, features, images, found z"],
    ["twice", npz({ x, features: x }), "has x and features, which mean the same"],
    ["length", npz({ x, y: npy("|u1", [3], Uint8Array.of(1, 2, 3)) }), "one entry for each of the 2 rows of"],
    ["floats", npz({ x, y: npy("<f8", [2], Float64Array.of(1, 0.5)) }), "expected integers or text, got 0.5 in row 1"],
    [
      "nan",
      npz({ x: npy("<f4", [2, 2], Float32Array.of(1, 2, 3, NaN)) }),
      "x: NaN in row 1, column 1: expected finite",
    ],
    ["large", npz({ x: npy("<f8", [1, 2], Float64Array.of(0, 1e39)) }), "x: Infinity in row 0, column 1"],
    [
      "object",
      npz({ x: npy("|O", [2], Uint8Array.of(0)) }),
      "A pickled Python object cannot be read: save text with .astype('U')",
    ],
    [
      "planar",
      npz({ images: npy("|u1", [1, 3, 2, 2], new Uint8Array(12)) }),
      "Channels come last: x.transpose(0, 2, 3, 1)",
    ],
    ["scalar", npz({ x: npy("<f4", [], new Float32Array(1)) }), "expected rows, got shape ()"],
    ["line", npz({ x: npy("<f4", [1], new Float32Array(1)) }), "expected features [N, width] of numbers"],
    ["cut", npz({ x }).subarray(0, 100), "not a whole zip archive (it has no directory)"],
    ["text", Buffer.from("x,y\n"), "not a whole zip archive"],
  ])("%s: the message names the array and what came", async (name, bytes, message) => {
    await expect(readNpz(write(`${name}.npz`, bytes))).rejects.toThrow(message);
  });

  test.each([true, false])("each flipped bit of a number is seen (deflated: %s)", async (deflate) => {
    const whole = npz({ x }, deflate);
    const from = whole.indexOf("x.npy") + 5;
    const to = whole.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    for (let at = from; at < to; at++) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 1 << (at % 8);
      const read = await readNpz(write("flipped.npz", bytes)).catch((error: Error) => error.message);
      // The last bits of a deflated member fill up its byte and mean nothing.
      if (deflate && at === to - 1 && typeof read !== "string")
        expect(read.content).toEqual({ kind: "vectors", width: 2, values: Float32Array.of(1, 2, 3, 4) });
      else expect(read, `byte ${at}`).toMatch(/is damaged/);
    }
  });
});
