/** @file Columns of a table, or embeddings, as numbers, divided into parts. */

import { DataError } from "../../errors.ts";
import { sha256 } from "../../data/dataset.ts";
import type { ColumnEncoding } from "../../data/own/features.ts";
import { encodeFeatures, fitFeatures } from "../../data/own/features.ts";
import { readOwn } from "../../data/own/read-own.ts";
import type { DataSettings } from "../kind.ts";
import type { Labelled } from "../labelled.ts";
import { divideOwn } from "../own/divide.ts";
import { ownParts } from "../own/parts.ts";

/** Examples that are rows of numbers: position n is row `indices[n]` of `values`. */
export interface VectorData extends Labelled {
  /** numbers of an example */
  readonly width: number;
  /** `[N · width]` of all examples of the source, made ready for a network */
  readonly values: Float32Array;
  /** what was done to each column: learned from the training rows */
  readonly encodings: readonly ColumnEncoding[];
}

/**
 * Reads a source, standardises its numbers and gives categories a number for each value.
 * @throws ConfigError for settings that do not fit it, DataError for what is wrong with it
 */
export async function prepareVectors(settings: DataSettings): Promise<VectorData> {
  const understood = await readOwn(settings.data, settings);
  const { content, rows, where } = understood;
  if (content.kind !== "columns" && content.kind !== "vectors")
    throw new DataError(
      `${where}: expected columns of features or embeddings, found others. It changed since the run began`,
    );
  const parts = ownParts(understood, settings.testShare, settings.seed);
  const encodings = fitFeatures(
    where,
    content,
    Int32Array.from(parts.train, (n) => rows[n]!),
  );
  const { width, values } = encodeFeatures(content, encodings, rows);
  return { ...divideOwn(understood, parts, settings, sha256(values)), width, values, encodings };
}
