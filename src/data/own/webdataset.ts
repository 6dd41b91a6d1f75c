/**
 * @file WebDataset: tar files whose members share a key, the path up to the first dot of its base name. Images are not
 * kept: the archive is read once for labels and once more for each walk through the images.
 * @see https://github.com/webdataset/webdataset
 */

import { DataError, ReweightError } from "../../errors.ts";
import { shortened, shown } from "../../printable.ts";
import type { TarOptions } from "../formats/tar.ts";
import { TarError, TarReader } from "../formats/tar.ts";
import { readPieces } from "../formats/read-file.ts";
import { TextBuilder } from "../tables/column.ts";
import { jsonText } from "../tables/jsonl.ts";
import type { RoleColumns } from "./roles.ts";
import { assignRoles, roleRemark } from "./roles.ts";
import type { RawImage, SourceRows } from "./source-rows.ts";
import { ROLES } from "./source-rows.ts";

const IMAGE = /\.(jpe?g|png|webp)$/i;
/** Bytes of an image, and of a label or an object of columns. */
const LARGEST_IMAGE = 2 ** 28;
const LARGEST_TEXT = 2 ** 20;
const MOST_ENTRIES = 2 ** 27;

/** A member's key and what follows the dot. */
function keyOf(path: string): [key: string, ending: string] {
  const base = path.lastIndexOf("/") + 1;
  const dot = path.indexOf(".", base);
  return dot < 0 ? [path, ""] : [path.slice(0, dot), path.slice(dot + 1)];
}

interface Sample {
  readonly shard: string;
  image?: string;
  label?: string;
  columns?: Readonly<Record<string, unknown>>;
}

/**
 * Reads the labels of archives.
 * @param files in the order of their names
 * @param columns roles named by `--columns`, of the members of `.json` objects
 * @throws DataError for damaged archives, keys with two images or none, and labels that are no text
 */
export async function readWebDataset(
  where: string,
  files: readonly string[],
  columns: RoleColumns,
): Promise<SourceRows> {
  const samples = new Map<string, Sample>();
  for (const file of files) {
    const inShard = (key: string): Sample => {
      const known = samples.get(key);
      if (known !== undefined && known.shard !== file)
        throw new DataError(
          `${file}: the key ${shown(shortened(key))} is in ${known.shard} too. Give each example a key of its own`,
        );
      const sample = known ?? { shard: file };
      samples.set(key, sample);
      return sample;
    };
    await readTar(file, {
      most: LARGEST_TEXT,
      wanted: (path) => {
        const [key, ending] = keyOf(path);
        if (IMAGE.test(`.${ending}`)) {
          const sample = inShard(key);
          if (sample.image !== undefined)
            throw new DataError(
              `${file}: the key ${shown(shortened(key))} has two images: ${shortened(sample.image)} and ${shortened(path)}`,
            );
          sample.image = path;
        }
        return ending === "cls" || ending === "json";
      },
      take: (path, bytes) => {
        const [key, ending] = keyOf(path);
        const text = Buffer.from(bytes).toString("utf8");
        if (ending === "cls") inShard(key).label = text.trim();
        else inShard(key).columns = objectIn(text, `${file}: ${shortened(path)}`);
      },
    });
  }
  if (samples.size === 0) throw new DataError(`${where}: holds no images (.jpg, .jpeg, .png, .webp)`);
  const keys = [...samples.keys()];
  const without = keys.find((key) => samples.get(key)!.image === undefined);
  if (without !== undefined)
    throw new DataError(
      `${samples.get(without)!.shard}: the key ${shown(shortened(without))} has no image (.jpg, .jpeg, .png, .webp)`,
    );
  const row = new Map(keys.map((key, n) => [key, n]));
  return {
    where,
    count: keys.length,
    content: { kind: "packed", files, images: () => imagesIn(files, row) },
    ...rolesOf(where, samples, columns),
    place: (n) => `${samples.get(keys[n]!)!.shard}: ${shortened(keys[n]!)}`,
  };
}

function rolesOf(
  where: string,
  samples: ReadonlyMap<string, Sample>,
  named: RoleColumns,
): Pick<SourceRows, "roles" | "remarks"> {
  const header = [...new Set([...samples.values()].flatMap(({ columns }) => Object.keys(columns ?? {})))];
  const hasLabels = [...samples.values()].some(({ label }) => label !== undefined);
  const found = assignRoles(where, header, named);
  if (hasLabels && found.label !== undefined)
    throw new DataError(
      `${where}: has labels as .cls and as ${shortened(found.label)} in .json. Leave one of them out`,
    );
  if (!hasLabels && found.label === undefined && found.right === undefined)
    throw new DataError(`${where}: has no labels. Each key needs a .cls, or a .json with a label`);
  const columns = ROLES.filter(
    (role) => role === "id" || (role === "label" && hasLabels) || found[role] !== undefined,
  ).map((role) => [role, new TextBuilder()] as const);
  for (const [key, sample] of samples) {
    for (const [role, builder] of columns) {
      const column = found[role];
      if (column !== undefined)
        builder.add(jsonText(sample.columns?.[column], column, `${sample.shard}: ${shortened(key)}`));
      else builder.add(role === "id" ? key : (sample.label ?? ""));
    }
  }
  const remark = roleRemark(found, false);
  return {
    roles: Object.fromEntries(columns.map(([role, builder]) => [role, builder.column()])),
    remarks: remark === undefined ? [] : [remark],
  };
}

function objectIn(text: string, place: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new DataError(`${place}: expected a JSON object (${(error as Error).message})`, { cause: error });
  }
  throw new DataError(`${place}: expected a JSON object with the columns of an example, got ${shown(text)}`);
}

/** All images in the order of the archives; the rows of a key are those of its first member. */
async function* imagesIn(files: readonly string[], row: ReadonlyMap<string, number>): AsyncGenerator<RawImage> {
  for (const file of files) {
    const found: RawImage[] = [];
    const reader = new TarReader({
      wanted: (path) => IMAGE.test(path),
      take: (path, bytes) => {
        const n = row.get(keyOf(path)[0]);
        if (n === undefined) throw new TarError("it changed since its labels were read");
        found.push({ row: n, name: `${file}: ${shortened(path)}`, bytes });
      },
      most: LARGEST_IMAGE,
      mostEntries: MOST_ENTRIES,
    });
    for await (const piece of readPieces(file)) {
      named(file, () => reader.take(piece));
      yield* found.splice(0);
    }
    named(file, () => reader.end());
  }
}

async function readTar(file: string, options: Omit<TarOptions, "mostEntries">): Promise<void> {
  const reader = new TarReader({ ...options, mostEntries: MOST_ENTRIES });
  for await (const piece of readPieces(file)) named(file, () => reader.take(piece));
  named(file, () => reader.end());
}

function named(file: string, use: () => void): void {
  try {
    use();
  } catch (error) {
    if (error instanceof ReweightError || !(error instanceof TarError)) throw error;
    throw new DataError(
      `${file}: not a whole tar archive (${error.message}). Fetch or write it again; unpack .tar.gz first`,
      { cause: error },
    );
  }
}
