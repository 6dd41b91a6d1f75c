/** @file What a source of one's own was understood as: plain data, without a network and without images decoded. */

import type { Annotations } from "./annotators.ts";
import type { KnownLabels } from "./known-labels.ts";
import type { Part } from "./parts.ts";
import type { Content } from "./source-rows.ts";

/** Ways to read a path; `--format` names one. */
export const FORMATS = ["folder", "manifest", "parquet", "webdataset", "arrays", "label-studio", "fiftyone"] as const;
export type Format = (typeof FORMATS)[number];

/** How often a given label was wrong where its right label is known too. */
export interface KnownNoise {
  /** examples that have a given label and a right one, from different columns or files */
  readonly checked: number;
  readonly wrong: number;
  /** share of the wrong ones, and the interval that covers the true share in 95 % of samples */
  readonly share: number;
  readonly interval: readonly [low: number, high: number];
  /** number of the checked by right and given class, where there are any */
  readonly confusion: readonly { readonly right: number; readonly given: number; readonly count: number }[];
}

/** Examples, each with what is known of it. `N` of them, in the order of the source. */
export interface Understood {
  /** the path */
  readonly where: string;
  readonly format: Format;
  /** `[K]` names of classes */
  readonly classes: readonly string[];
  /** `[N]` unique */
  readonly ids: readonly string[];
  /** `[N]` */
  readonly parts: readonly Part[];
  /** what the data say; may be wrong */
  readonly given: KnownLabels;
  /**
   * What is right, of trusted and test examples, and of others where the data tell. Training and selection never see that
   * of an example that is not trusted.
   */
  readonly right: KnownLabels;
  /** absent where nobody counted how often given labels are wrong */
  readonly noise?: KnownNoise;
  /** absent where no annotators are named */
  readonly annotations?: Annotations;
  readonly content: Content;
  /** `[N]` the row of the content that an example has */
  readonly rows: Int32Array;
  /** what was decided while reading, one sentence each, to be told once */
  readonly remarks: readonly string[];
  /** where an example stands, for messages */
  readonly place: (example: number) => string;
}

/** Number of examples in each part and class: `[K]`, and those whose label is unknown. */
export interface Counts {
  readonly total: number;
  readonly perClass: readonly number[];
  readonly unknown: number;
}

/** Counts a part by given label; trusted and test examples by right label. */
export function countsOf({ classes, parts, given, right }: Understood, part: Part): Counts {
  const labels = part === "trusted" || part === "test" ? right : given;
  const perClass = new Array<number>(classes.length).fill(0);
  let [total, unknown] = [0, 0];
  for (const [example, of] of parts.entries()) {
    if (of !== part) continue;
    total++;
    const label = labels.at(example);
    if (label === undefined) unknown++;
    else perClass[label]!++;
  }
  return { total, perClass, unknown };
}
