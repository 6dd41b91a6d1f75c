import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Sharp } from "sharp";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { readSource } from "../../../src/data/own/open-source.ts";
import { understand } from "../../../src/data/own/understand.ts";
import type { Understood } from "../../../src/data/own/understood.ts";
import { decodePicture } from "../../../src/data/pictures/decode.ts";
import { isPictures } from "../../../src/data/pictures/listing.ts";
import type { PictureOptions } from "../../../src/data/pictures/open-pictures.ts";
import { defaultSize, openPictures } from "../../../src/data/pictures/open-pictures.ts";
import type { Pixels } from "../../../src/data/pictures/store.ts";
import { testFolder } from "../tables/folder.ts";
import type { Example } from "./doors.ts";
import { makeExamples, SIZE, writeDoors } from "./doors.ts";

const { root, write } = testFolder();

async function understood(path: string): Promise<Understood> {
  const { rows, format } = await readSource(path, { columns: {} });
  return understand(rows, format, { trusted: [] });
}

async function open(path: string, options: Partial<PictureOptions> = {}): Promise<Pixels> {
  const source = await understood(path);
  if (!isPictures(source.content)) throw new Error("no pictures");
  const form = { size: SIZE, fit: "crop", channels: 3 } as const;
  return openPictures(source, source.content, { form, badFiles: "stop", ...options });
}

/** `[C, H, W]` of `[H, W, C]`. */
const planar = (pixels: Uint8Array, channels = 3): number[] =>
  Array.from({ length: channels }, (_, c) => [...pixels].filter((_, i) => i % channels === c)).flat();

describe("one set, seven doors", () => {
  let examples: Example[] = [];
  let doors: Record<string, string> = {};
  beforeAll(async () => {
    examples = await makeExamples(300);
    doors = writeDoors(join(root, "doors"), examples);
  }, 60_000);

  test("the same pixels by every door, exactly those that were written", async () => {
    const all = Uint8Array.from(examples.flatMap(({ pixels }) => planar(pixels)));
    const hash = createHash("sha256").update(all).digest("hex");
    for (const [door, path] of Object.entries(doors)) {
      expect((await open(path)).hash, door).toBe(hash);
      expect((await open(path, { cache: join(root, "cache") })).hash, `${door} by cache`).toBe(hash);
    }
  }, 60_000);
});

describe("forms", () => {
  const image = (
    width: number,
    height: number,
    channels: 1 | 2 | 3 | 4,
    fill: (x: number, y: number) => number[],
  ): Sharp => {
    const pixels = Array.from({ length: width * height }, (_, i) => fill(i % width, Math.floor(i / width))).flat();
    return sharp(Buffer.from(pixels), { raw: { width, height, channels } });
  };
  const form = { size: 4, fit: "crop", channels: 3 } as const;
  const flat = (value: number): number[] => new Array<number>(16).fill(value);

  test("grey, alpha over black, palette, 16 bits, one channel", async () => {
    const grey = await image(4, 4, 1, () => [77])
      .png()
      .toBuffer();
    expect([...(await decodePicture(grey, form))]).toEqual([...flat(77), ...flat(77), ...flat(77)]);
    const half = await image(4, 4, 4, () => [200, 100, 0, 128])
      .png()
      .toBuffer();
    const [red, green] = [200, 100].map((value) => Math.round((value * 128) / 255));
    const over = [...(await decodePicture(half, form))];
    expect(Math.abs(over[0]! - red!) + Math.abs(over[16]! - green!) + over[32]!).toBeLessThanOrEqual(2);
    const palette = await image(4, 4, 3, (x) => (x < 2 ? [255, 0, 0] : [0, 0, 255]))
      .png({ palette: true })
      .toBuffer();
    expect([...(await decodePicture(palette, form))].slice(0, 4)).toEqual([255, 255, 0, 0]);
    const deep = await image(4, 4, 3, () => [10, 20, 30])
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    expect([...(await decodePicture(deep, form))]).toEqual([...flat(10), ...flat(20), ...flat(30)]);
    expect((await decodePicture(palette, { ...form, channels: 1 })).length).toBe(16);
  });

  test("crop keeps the centre, pad fills with black, stretch uses all", async () => {
    // Three squares side by side: red, green, blue.
    const wide = await image(12, 4, 3, (x) => [x < 4 ? 255 : 0, x >= 4 && x < 8 ? 255 : 0, x >= 8 ? 255 : 0])
      .png()
      .toBuffer();
    const crop = await decodePicture(wide, form);
    expect([...crop]).toEqual([...flat(0), ...flat(255), ...flat(0)]);
    const pad = await decodePicture(wide, { ...form, size: 12, fit: "pad" });
    expect([pad[0], pad[4 * 12], pad[144 + 5 * 12 + 5], pad[143]]).toEqual([0, 255, 255, 0]);
    const stretch = await decodePicture(wide, { ...form, size: 12, fit: "stretch" });
    expect([stretch[0], stretch[143 - 11], stretch[144 + 5], stretch[2 * 144 + 143]]).toEqual([255, 255, 255, 255]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "EXIF orientation %i: the corners are where the camera held them",
    async (orientation) => {
      // Corners of the upright picture: white top left, red top right, green bottom left, blue bottom right.
      const upright = [
        [255, 255, 255],
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
      ];
      // What is stored, by the standard's table of where row 0 and column 0 are.
      const stored = [
        [0, 1, 2, 3],
        [1, 0, 3, 2],
        [3, 2, 1, 0],
        [2, 3, 0, 1],
        [0, 2, 1, 3],
        [1, 3, 0, 2],
        [3, 1, 2, 0],
        [2, 0, 3, 1],
      ];
      // Orientations 5 to 8 store columns as rows: entry n of the list is what lies in corner n of the file.
      const at = stored[orientation - 1]!;
      const bytes = await image(16, 16, 3, (x, y) => upright[at[2 * Number(y >= 8) + Number(x >= 8)]!]!)
        .withExif({ IFD0: { Orientation: String(orientation) } })
        .withMetadata({ orientation })
        .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
        .toBuffer();
      const seen = await decodePicture(bytes, { size: 16, fit: "crop", channels: 3 });
      const corners = [17, 30, 14 * 16 + 1, 14 * 16 + 14].map((i) =>
        [0, 1, 2].map((c) => (seen[c * 256 + i]! > 128 ? 255 : 0)),
      );
      expect(corners).toEqual(upright);
    },
  );

  test("1×1 and 1×5,000 pixels, an animation's first frame", async () => {
    expect(
      (
        await decodePicture(
          await image(1, 1, 3, () => [9, 8, 7])
            .png()
            .toBuffer(),
          form,
        )
      ).length,
    ).toBe(48);
    expect(
      (
        await decodePicture(
          await image(1, 5000, 3, () => [9, 8, 7])
            .png()
            .toBuffer(),
          form,
        )
      ).length,
    ).toBe(48);
    const frames = await sharp(
      [
        await image(4, 4, 3, () => [255, 0, 0])
          .png()
          .toBuffer(),
        await image(4, 4, 3, () => [0, 255, 0])
          .png()
          .toBuffer(),
      ],
      {
        join: { animated: true },
      },
    )
      .gif()
      .toBuffer();
    expect([...(await decodePicture(frames, form))]).toEqual([...flat(255), ...flat(0), ...flat(0)]);
  });

  test("a JPEG cut at every hundredth byte is an error, never a picture that is grey below", async () => {
    const whole = await image(80, 80, 3, (x, y) => [(x * 37) % 256, (y * 91) % 256, (x * y) % 256])
      .jpeg()
      .toBuffer();
    for (let at = 0; at < whole.length - 2; at += 100) {
      await expect(decodePicture(whole.subarray(0, at), form), `at ${at}`).rejects.toThrow(
        /is empty|is no JPEG|cannot be decoded/,
      );
    }
  });

  test.each([
    ["BM123456789", "it looks like BMP"],
    ['<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "it looks like SVG"],
    ["\0\0\0\x18ftypheic\0\0\0\0", "it looks like HEIC"],
    ["<html>", "it looks like a web page"],
    ["", "is empty"],
    ["hello world", "it begins with 68 65 6c"],
  ])("%j is refused with what it looks like", async (text, message) => {
    await expect(decodePicture(Buffer.from(text, "latin1"), form)).rejects.toThrow(message);
  });
});

describe("the cache", () => {
  const cache = (name: string): string => join(root, `cache-${name}`);
  async function photos(name: string, count = 24): Promise<string> {
    const folder = join(root, name);
    for (let n = 0; n < count; n++) {
      const background = { r: n, g: 255 - n, b: 7 };
      const png = await sharp({ create: { width: 20, height: 16, channels: 3, background } })
        .png()
        .toBuffer();
      write(`${name}/${n % 2 ? "a" : "b"}/${n}.png`, png);
    }
    return folder;
  }

  test("is made once, is keyed by files and options, and nothing is written beside the images", async () => {
    const folder = await photos("once");
    const before = readdirSync(folder, { recursive: true });
    let decoded = 0;
    const options = { cache: cache("once"), onProgress: () => void decoded++ };
    const first = await open(folder, options);
    const second = await open(folder, options);
    expect([decoded, second.hash, second.folder]).toEqual([24, first.hash, first.folder]);
    expect([...second.read(0)]).toEqual([...first.read(0)]);
    expect(readdirSync(cache("once")).length).toBe(1);
    await open(folder, { ...options, form: { size: SIZE, fit: "pad", channels: 3 } });
    await open(folder, { ...options, form: { size: 8, fit: "crop", channels: 3 } });
    expect(decoded).toBe(72);
    // Of the same size, with another time.
    utimesSync(join(folder, "a/1.png"), 1, 1);
    await open(folder, options);
    expect(decoded).toBe(96);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  test("one that was cut, lost its index or has another shape is made anew", async () => {
    const folder = await photos("cut");
    const { hash, folder: at } = await open(folder, { cache: cache("cut") });
    truncateSync(join(at!, "pixels.u8"), 10);
    expect((await open(folder, { cache: cache("cut") })).hash).toBe(hash);
    writeFileSync(join(at!, "index.json"), "{");
    expect((await open(folder, { cache: cache("cut") })).hash).toBe(hash);
    rmSync(join(at!, "index.json"));
    expect((await open(folder, { cache: cache("cut") })).hash).toBe(hash);
    expect(statSync(join(at!, "pixels.u8")).size).toBe(24 * 3 * SIZE * SIZE);
  });

  test("two at once do no harm; an abandoned one leaves nothing", async () => {
    const folder = await photos("two");
    const both = await Promise.all([1, 2, 3].map(() => open(folder, { cache: cache("two") })));
    expect(new Set(both.map(({ hash }) => hash)).size).toBe(1);
    expect(readdirSync(cache("two")).length).toBe(1);
    writeFileSync(join(folder, "a/1.png"), "no image");
    await expect(open(folder, { cache: cache("two") })).rejects.toThrow("1 of 24 images cannot be read");
    expect(readdirSync(cache("two")).length).toBe(1);
  });

  test("where it cannot be written, pixels stay in memory, and that is told", async () => {
    const folder = await photos("closed");
    const remarks: string[] = [];
    const file = write("a-file", "");
    const pixels = await open(folder, { cache: join(file, "x"), onRemark: (remark) => void remarks.push(remark) });
    expect([pixels.folder, pixels.count]).toEqual([undefined, 24]);
    expect(remarks[0]).toMatch(/cannot be written to .*\(ENOTDIR\): they stay in memory this time/);
  });

  test("bad files: an error with their names, or a list of them; more than 5 % are never passed over", async () => {
    const folder = await photos("bad", 40);
    write("bad/a/1.png", "<svg/>");
    write("bad/b/2.png", "");
    await expect(open(folder)).rejects.toThrow(
      /bad: 2 of 40 images cannot be read: .*a\/1.png is no JPEG.*it looks like SVG.*; .*2.png is empty. --bad-files skip passes over them/,
    );
    const { bad } = await open(folder, { badFiles: "skip" });
    expect(bad.map(({ name }) => name.replace(root, ""))).toEqual(["/bad/a/1.png", "/bad/b/2.png"]);
    write("bad/b/4.png", "x");
    await expect(open(folder, { badFiles: "skip" })).rejects.toThrow("3 of 40 images cannot be read");
  });

  test("missing files are counted and named with their lines", async () => {
    const text = `path,label\n${Array.from({ length: 12 }, (_, n) => `gone/${n}.png,${n % 2}\n`).join("")}`;
    await expect(open(write("gone.csv", text))).rejects.toThrow(
      /12 image files are missing: gone\/0.png \(.*gone.csv, line 2\), .*gone\/9.png \(.*line 11\), and 2 more/,
    );
  });

  test("files that may not be read are bad files", async () => {
    const folder = await photos("denied", 40);
    const path = join(folder, "a/1.png");
    chmodSync(path, 0);
    // The superuser may read everything.
    const isRoot = process.getuid?.() === 0;
    const { bad } = await open(folder, { badFiles: "skip" });
    expect(bad.map(({ reason }) => reason.slice(0, 13))).toEqual(isRoot ? [] : ["no permission"]);
    chmodSync(path, 0o600);
    expect(existsSync(path) && readFileSync(path).length > 0).toBe(true);
  });

  test("the default size: 32 for small images, 64 for others", async () => {
    const small = await understood(await photos("small"));
    write(
      "large/a/1.png",
      await sharp({ create: { width: 49, height: 300, channels: 3, background: "red" } })
        .png()
        .toBuffer(),
    );
    write("large/b/2.txt.png", "broken");
    const large = await understood(join(root, "large"));
    const size = (source: Understood): Promise<number> =>
      isPictures(source.content) ? defaultSize(source, source.content) : Promise.resolve(0);
    expect([await size(small), await size(large)]).toEqual([32, 64]);
  });
});
