/** @file How much of the weight of a run lay on wrong labels, from the weights.csv in its folder. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { recordsOf } from "./row.ts";

/** Σ of the mean weights of wrongly labelled examples over Σ of all; null where no label is wrong, or no example was seen. */
export function shareOnWrong(examples: readonly { readonly weight: number; readonly wrong: boolean }[]): number | null {
  const wrong = examples.filter((example) => example.wrong);
  const sum = (some: typeof examples): number => some.reduce((total, { weight }) => total + weight, 0);
  const all = sum(examples);
  return wrong.length === 0 || all === 0 ? null : sum(wrong) / all;
}

/** The same of a run, whose data must have true labels. */
export function weightOnWrong(folder: string): number | null {
  const records = recordsOf(readFileSync(join(folder, "weights.csv"), "utf8"));
  return shareOnWrong(
    records.map((record) => ({
      weight: Number(record["mean_weight"]),
      wrong: record["given_label"] !== record["clean_label"],
    })),
  );
}
