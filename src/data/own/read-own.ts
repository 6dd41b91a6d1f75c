/** @file A source of one's own from its settings to what was understood. */

import { readLines } from "../tables/lines.ts";
import { readSource } from "./open-source.ts";
import { parseColumns } from "./roles.ts";
import { parseTrusted } from "./trusted.ts";
import { understand } from "./understand.ts";
import type { Format, Understood } from "./understood.ts";

/** How a path is read. */
export interface ReadingSettings {
  readonly format?: Format | undefined;
  /** what columns mean: `path=img,label=species` */
  readonly columns?: string | undefined;
  /** names and patterns of columns that are features: `f*,age` */
  readonly featureColumns?: string | undefined;
  /** labels (.npy) of a .npy file of features */
  readonly labels?: string | undefined;
  /** folder that the paths in a table start from */
  readonly root?: string | undefined;
  /** file with the names of the classes, one a line */
  readonly classes?: string | undefined;
  /** trusted examples beside those that the data tell */
  readonly trusted?: readonly string[] | undefined;
}

/** Reads and understands a source. Images are not decoded. @throws ConfigError, DataError */
export async function readOwn(source: string, settings: ReadingSettings): Promise<Understood> {
  const { format, columns, featureColumns, labels, root, classes } = settings;
  const { rows, format: found } = await readSource(source, {
    columns: columns === undefined ? {} : parseColumns(columns),
    ...(format === undefined ? {} : { format }),
    ...(featureColumns === undefined ? {} : { features: featureColumns }),
    ...(labels === undefined ? {} : { labels }),
    ...(root === undefined ? {} : { root }),
  });
  const trusted = await Promise.all((settings.trusted ?? []).map(parseTrusted));
  if (classes === undefined) return understand(rows, found, { trusted });
  const names: string[] = [];
  for await (const piece of readLines(classes)) names.push(...piece.split("\n").filter((name) => name.trim() !== ""));
  return understand(rows, found, { trusted, classes: { where: classes, names } });
}
