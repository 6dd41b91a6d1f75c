/** @file Loading of any data set by name: from disk, by download or by generation. */

import { join } from "node:path";
import { ConfigError } from "../../errors.ts";
import { CIFAR_LAYOUTS, loadCifar } from "./cifar.ts";
import type { Dataset } from "../dataset.ts";
import type { DownloadOptions } from "./download.ts";
import { download } from "./download.ts";
import type { GlyphOptions } from "./glyphs.ts";
import { makeGlyphs } from "./glyphs.ts";
import { loadMnist, MNIST_FILES } from "./mnist.ts";
import { findFolder, kindOf } from "../formats/source.ts";

export const DATASETS = ["cifar10", "cifar100", "mnist", "glyphs"] as const;
export type DatasetName = (typeof DATASETS)[number];

/** Address of a set, and the MD5 of each file. */
interface Origin {
  readonly base: string;
  readonly files: Readonly<Record<string, string>>;
}

export const ORIGINS: Record<Exclude<DatasetName, "glyphs">, Origin> = {
  cifar10: {
    base: "https://www.cs.toronto.edu/~kriz/",
    files: { "cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530" },
  },
  cifar100: {
    base: "https://www.cs.toronto.edu/~kriz/",
    files: { "cifar-100-binary.tar.gz": "03b5dce01913d631647c71ecec9e9cb8" },
  },
  mnist: {
    base: "https://ossci-datasets.s3.amazonaws.com/mnist/",
    files: {
      "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
      "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
      "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
      "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
  },
};

export interface LoadOptions extends DownloadOptions {
  readonly name: DatasetName;
  /** folder (or CIFAR archive) to read, and to download into; default "data". Not used by glyphs */
  readonly dir?: string;
  /** first download missing files from the official address; default false */
  readonly download?: boolean;
  /** other address to download from, with the same file names */
  readonly base?: string;
  /** sizes and seed of the generated set */
  readonly glyphs?: GlyphOptions;
}

/**
 * Loads a data set.
 *
 * @throws ConfigError for an unknown name, DataError if files are missing, damaged or cannot be fetched
 * @example await loadDataset({ name: "cifar10", dir: "data", download: true })
 */
export async function loadDataset(options: LoadOptions): Promise<Dataset> {
  const { name, dir = "data" } = options;
  if (!DATASETS.includes(name)) {
    throw new ConfigError(`data set: expected one of ${DATASETS.join(", ")}, got "${String(name)}"`);
  }
  if (name === "glyphs") return makeGlyphs(options.glyphs);
  if (options.download === true) await fetchMissing(name, dir, options);
  return name === "mnist" ? loadMnist(dir) : loadCifar(name, dir);
}

/** Downloads missing files. Existing files are kept, whatever their content. */
async function fetchMissing(name: Exclude<DatasetName, "glyphs">, dir: string, options: LoadOptions): Promise<void> {
  if ((await kindOf(dir)) === "file") return;
  const { base, files } = ORIGINS[name];
  const there = name === "mnist" ? undefined : await findFolder(cifarFolders(name, dir), CIFAR_LAYOUTS[name].wanted);
  if (there !== undefined) return;
  const target = name === "mnist" ? await mnistFolder(dir) : dir;
  for (const [file, md5] of Object.entries(files)) {
    // MNIST files may be present without compression.
    const present = [file, ...(name === "mnist" ? [file.replace(/\.gz$/, "")] : [])];
    if ((await findFolder([target], present)) !== undefined) continue;
    await download(new URL(file, options.base ?? base).href, join(target, file), md5, options);
  }
}

function cifarFolders(name: "cifar10" | "cifar100", dir: string): string[] {
  return [dir, join(dir, CIFAR_LAYOUTS[name].folder)];
}

/** Folder that already holds MNIST files, else the sub-folder `mnist`. */
async function mnistFolder(dir: string): Promise<string> {
  const names = MNIST_FILES.flatMap((name) => [name, `${name}.gz`]);
  return (await findFolder([dir, join(dir, "mnist")], names)) ?? join(dir, "mnist");
}
