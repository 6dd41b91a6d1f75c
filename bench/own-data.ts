/**
 * @file How fast one's own data are read, on generated files: `npm run bench:data`. Seconds are of CPU time, so that
 * other work on the machine counts little.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import sharp from "sharp";
import { readSource } from "../src/data/own/open-source.ts";
import { understand } from "../src/data/own/understand.ts";
import { isPictures } from "../src/data/pictures/listing.ts";
import { openPictures } from "../src/data/pictures/open-pictures.ts";
import { openCsv } from "../src/data/tables/csv.ts";
import { openParquet } from "../src/data/tables/parquet.ts";
import type { TableSource } from "../src/data/tables/table.ts";

const root = mkdtempSync(join(tmpdir(), "reweight-bench-"));
const ROWS = 100_000;
const random = (): number => Math.random() * 10;

/** Runs once to warm up, then takes the best of three. */
async function measure(what: string, of: number, unit: string, run: () => Promise<unknown>): Promise<void> {
  let [cpu, wall] = [Infinity, Infinity];
  for (let k = 0; k < 4; k++) {
    const [from, used] = [performance.now(), process.cpuUsage()];
    await run();
    const { user, system } = process.cpuUsage(used);
    if (k > 0) [cpu, wall] = [Math.min(cpu, (user + system) / 1e6), Math.min(wall, (performance.now() - from) / 1e3)];
  }
  console.log(
    `${what.padEnd(44)} ${cpu.toFixed(3)} s CPU, ${wall.toFixed(3)} s, ${Math.round(of / cpu)} ${unit}/s and core`,
  );
}

const all = (source: TableSource): Promise<unknown> =>
  source.read(new Map(source.header.map((name) => [name, name === "label" || name === "path" ? "text" : "value"])));

async function tables(): Promise<void> {
  const csv = join(root, "t.csv");
  const lines = Array.from({ length: ROWS }, (_, n) => `train/cat/${n}.jpg,class${n % 10},${n % 3}`);
  writeFileSync(csv, `path,label,n\n${lines.join("\n")}\n`);
  await measure(`CSV, ${ROWS} lines × 3`, ROWS, "lines", async () => all(await openCsv(csv)));
  const names = Array.from({ length: 23 }, (_, i) => `f${i}`);
  const numbers = Array.from(
    { length: ROWS },
    (_, n) => `class${n % 10},${names.map(() => random().toFixed(5)).join(",")}`,
  );
  writeFileSync(csv, `label,${names.join(",")}\n${numbers.join("\n")}\n`);
  await measure(`CSV, ${ROWS} lines × 24`, ROWS, "lines", async () => all(await openCsv(csv)));
  const parquet = join(root, "t.parquet");
  const columnData = [
    ...names.map((name) => ({ name, type: "DOUBLE" as const, data: Array.from({ length: ROWS }, random) })),
    { name: "label", type: "STRING" as const, data: Array.from({ length: ROWS }, (_, n) => `class${n % 10}`) },
  ];
  writeFileSync(parquet, new Uint8Array(parquetWriteBuffer({ columnData })));
  await measure(`Parquet, ${ROWS} rows × 24`, ROWS, "rows", async () => all(await openParquet(parquet)));
}

/** Smooth pictures with noise in them: JPEGs of some 20 kB, as photographs of this size have. */
async function photos(count: number, side: number): Promise<string> {
  const folder = join(root, `photos-${side}`);
  for (let n = 0; n < count; n++) {
    const pixels = Buffer.from(
      Array.from(
        { length: side * side * 3 },
        (_, i) => 128 + 90 * Math.sin((i % (3 * side)) / (20 + n)) + 30 * Math.random(),
      ),
    );
    mkdirSync(join(folder, `${n % 2}`), { recursive: true });
    const jpeg = await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .jpeg({ quality: 90 })
      .toBuffer();
    writeFileSync(join(folder, `${n % 2}`, `${n}.jpg`), jpeg);
  }
  return folder;
}

async function images(): Promise<void> {
  const count = 400;
  const { rows, format } = await readSource(await photos(count, 224), { columns: {} });
  const source = understand(rows, format, { trusted: [] });
  const { content } = source;
  if (!isPictures(content)) return;
  for (const size of [32, 64]) {
    let run = 0;
    const form = { size, fit: "crop", channels: 3 } as const;
    await measure(`JPEG 224² → ${size} px into a cache`, count, "images", async () => {
      const cache = join(root, `cache-${size}-${run++}`);
      (await openPictures(source, content, { form, badFiles: "stop", cache })).close();
    });
  }
  const form = { size: 64, fit: "crop", channels: 3 } as const;
  const pixels = await openPictures(source, content, { form, badFiles: "stop", cache: join(root, "cache-64-0") });
  await measure("128 rows of 12 kB from the cache, 100 times", 100, "batches", () => {
    for (let n = 0; n < 12_800; n++) pixels.read((n * 7919) % count);
    return Promise.resolve();
  });
  pixels.close();
}

try {
  await tables();
  await images();
} finally {
  rmSync(root, { recursive: true, force: true });
}
