/** @file The pictures of a source: one after the other with their rows, and a key that changes when a file does. */

import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import { readDataFile } from "../formats/read-file.ts";
import { textAt } from "../tables/column.ts";
import type { Content } from "../own/source-rows.ts";
import type { Understood } from "../own/understood.ts";
import type { PictureForm } from "./decode.ts";
import { decodePicture, formPixels } from "./decode.ts";
import { PictureError } from "./sniff.ts";

/** Bytes of the largest image file. */
const LARGEST = 2 ** 28;
/** Files that are looked at at once. */
const AT_ONCE = 64;

/** A picture to decode. */
export interface Picture {
  readonly example: number;
  /** for messages */
  readonly name: string;
  /** What lies in the file, or the pixels of an array. @throws PictureError */
  readonly bytes: () => Promise<Uint8Array>;
  /** Decodes it. @throws PictureError */
  decode(form: PictureForm): Promise<Uint8Array>;
}

/** Content that pictures can be made of. */
export type PictureContent = Extract<Content, { kind: "files" | "packed" | "pixels" }>;

export const isPictures = (content: Content): content is PictureContent =>
  content.kind === "files" || content.kind === "packed" || content.kind === "pixels";

/** Pictures of the examples, each once; those of files in order. */
export async function* pictures(understood: Understood, content: PictureContent): AsyncGenerator<Picture> {
  const { rows } = understood;
  if (content.kind === "packed") {
    const exampleOf = new Map(Array.from(rows, (row, example) => [row, example]));
    for await (const { row, name, bytes } of content.images()) {
      const example = exampleOf.get(row);
      if (example === undefined) continue;
      yield { example, name, bytes: () => Promise.resolve(bytes), decode: (form) => decodePicture(bytes, form) };
    }
    return;
  }
  for (const [example, row] of rows.entries()) {
    if (content.kind === "files") {
      const path = join(content.root, textAt(content.paths, row));
      const bytes = (): Promise<Uint8Array> => bytesOf(path);
      yield { example, name: path, bytes, decode: async (form) => decodePicture(await bytes(), form) };
      continue;
    }
    const { shape, pixels } = content;
    const size = shape[0] * shape[1] * shape[2];
    const image = pixels.subarray(row * size, (row + 1) * size);
    yield {
      example,
      name: understood.place(example),
      bytes: () => Promise.resolve(image),
      decode: (form) => formPixels(image, shape, form),
    };
  }
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readDataFile(path, LARGEST, "no image is so large");
  } catch (error) {
    throw new PictureError((error as Error).message.replace(`${path}: `, ""), { cause: error });
  }
}

/**
 * SHA-256, hex, over ids, and over sizes and times of the files, or over the pixels themselves.
 * @throws DataError for files that are missing, with where they are named
 */
export async function contentKey(understood: Understood, content: PictureContent): Promise<string> {
  const hash = createHash("sha256");
  for (const id of understood.ids) hash.update(`${id}\0`);
  if (content.kind === "pixels") return hash.update(content.shape.join()).update(content.pixels).digest("hex");
  if (content.kind === "packed") {
    for (const file of content.files) hash.update(await factsOf(file));
    return hash.update(Int32Array.from(understood.rows)).digest("hex");
  }
  const { rows } = understood;
  const missing: string[] = [];
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const part = Array.from(rows.subarray(from, from + AT_ONCE), (row) => textAt(content.paths, row));
    const facts = await Promise.all(part.map((path) => factsOf(join(content.root, path)).catch(() => undefined)));
    for (const [i, fact] of facts.entries()) {
      if (fact === undefined) missing.push(`${shortened(part[i]!, 80)} (${understood.place(from + i)})`);
      else hash.update(`${part[i]}\0${fact}`);
    }
  }
  if (missing.length > 0) {
    throw new DataError(
      `${understood.where}: ${missing.length} image ${missing.length === 1 ? "file is" : "files are"} missing: ` +
        `${firstOf(missing, 10)}. Paths start at ${content.root}; --root FOLDER says otherwise`,
    );
  }
  return hash.digest("hex");
}

async function factsOf(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return `${size} ${mtimeMs}\0`;
}
