/** @file One set of images written for every reader: three classes, four splits, all known exactly. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { parquetWriteBuffer } from "hyparquet-writer";
import sharp from "sharp";
import { tarHeader } from "../fixtures.ts";
import { npy, npyText, npz } from "../tables/numpy.ts";

export interface Example {
  readonly name: string;
  readonly split: "train" | "trusted" | "test";
  readonly label: string;
  readonly pixels: Buffer;
  readonly png: Buffer;
}

const CLASSES = ["cat", "dog", "猫"];
export const SIZE = 12;

/** Random images as lossless PNG, in the order of their paths. */
export async function makeExamples(count: number): Promise<Example[]> {
  let seed = 1;
  const random = (): number => (seed = (seed * 48271) % 2147483647);
  const splits = ["test", "train", "train", "train", "trusted"] as const;
  const examples = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const pixels = Buffer.from(Array.from({ length: SIZE * SIZE * 3 }, () => random() % 256));
      const png = await sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 3 } })
        .png()
        .toBuffer();
      const [split, label] = [splits[random() % 5]!, CLASSES[n % 3]!];
      return { split, label, pixels, png, name: `${split}/${label}/${String(n).padStart(3, "0")}.png` };
    }),
  );
  return examples.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/** A tar archive as GNU tar writes it. */
export function tarOf(members: readonly (readonly [name: string, bytes: Uint8Array])[]): Buffer {
  const parts = members.flatMap(([name, bytes]) => [
    tarHeader(name, bytes.length.toString(8).padStart(11, "0"), "0"),
    bytes,
    Buffer.alloc((512 - (bytes.length % 512)) % 512),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** The paths to give, by format. Each source says split, label and image of all examples. */
export function writeDoors(root: string, examples: readonly Example[]): Record<string, string> {
  const put = (name: string, bytes: string | Uint8Array): string => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  };
  for (const { name, png } of examples) put(`folder/${name}`, png);
  const rows = examples.map(({ name, split, label }) => ({ path: name, split, label }));
  for (const { name, png } of examples) {
    put(`manifest/${name}`, png);
    put(`studio/upload/${name}`, png);
    put(`fiftyone/data/${name.split("/").join("-")}`, png);
  }
  const of = <T>(pick: (example: Example) => T): T[] => examples.map(pick);
  return {
    folder: join(root, "folder"),
    csv: put("manifest/table.csv", stringify(rows, { header: true })),
    jsonl: put("manifest/table.jsonl", rows.map((row) => JSON.stringify(row)).join("\n")),
    metadata: (put("manifest/metadata.csv", stringify(rows, { header: true })), join(root, "manifest")),
    parquet: put(
      "table.parquet",
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: "image", data: of(({ png }) => new Uint8Array(png)), type: "BYTE_ARRAY" },
            { name: "split", data: of(({ split }) => split), type: "STRING" },
            { name: "label", data: of(({ label }) => label), type: "STRING" },
          ],
          rowGroupSize: 7,
        }),
      ),
    ),
    webdataset: put(
      "shards.tar",
      tarOf(
        examples.flatMap(({ png, label, split }, n): [string, Uint8Array][] => [
          [`a/${n}.png`, png],
          [`a/${n}.json`, Buffer.from(JSON.stringify({ label, split }))],
          [`a/${n}.txt`, Buffer.from("ignored")],
        ]),
      ),
    ),
    arrays: put(
      "set.npz",
      npz({
        images: npy("|u1", [examples.length, SIZE, SIZE, 3], Buffer.concat(of(({ pixels }) => pixels))),
        labels: npyText(of(({ label }) => label)),
        split: npyText(of(({ split }) => split)),
      }),
    ),
    labelStudio: put(
      "studio/export.json",
      JSON.stringify(
        examples.map(({ name, label, split }, id) => ({
          id,
          data: { image: `/data/upload/${name}` },
          annotations: [
            {
              completed_by: 1,
              was_cancelled: false,
              ground_truth: split === "trusted",
              result: [{ type: "choices", value: { choices: [label] } }],
            },
          ],
        })),
      ),
    ),
    fiftyone:
      (put(
        "fiftyone/labels.json",
        JSON.stringify({
          classes: CLASSES,
          labels: Object.fromEntries(
            examples.map(({ name, label }) => [
              name
                .split("/")
                .join("-")
                .replace(/\.png$/, ""),
              CLASSES.indexOf(label),
            ]),
          ),
        }),
      ),
      join(root, "fiftyone")),
  };
}
