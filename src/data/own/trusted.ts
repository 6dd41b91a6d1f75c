/** @file Where trusted examples come from beside the data themselves: `--trusted FILE`, `split:NAME`, `agree:N`. */

import { ConfigError, DataError } from "../../errors.ts";
import { firstOf, shortened, shown } from "../../printable.ts";
import { closest } from "../../similar.ts";
import { textAt } from "../tables/column.ts";
import { openCsv } from "../tables/csv.ts";
import { readLines } from "../tables/lines.ts";
import { partOf, splitNames } from "./parts.ts";

/** A source of trusted examples. */
export type TrustedSource =
  /** none at all, whatever the data say */
  | { readonly kind: "none" }
  /** all of a split, with the label they have */
  | { readonly kind: "split"; readonly name: string }
  /** those that at least so many annotators labelled, all alike */
  | { readonly kind: "agree"; readonly least: number }
  /** ids, with a right label where the file has one */
  | { readonly kind: "list"; readonly where: string; readonly right: ReadonlyMap<string, string | undefined> };

/**
 * Reads one value of `--trusted`: `none`, `split:NAME`, `agree:N`, or a file with an id a line, or with the columns `id`
 * and `right_label`.
 * @throws ConfigError for what is none of these; DataError for what is wrong with the file
 */
export async function parseTrusted(text: string): Promise<TrustedSource> {
  if (text === "none") return { kind: "none" };
  const [kind, argument = ""] = text.split(/:(.*)/s, 2) as [string, string?];
  if (kind === "split") {
    if (partOf(argument) !== undefined) return { kind, name: argument };
    throw new ConfigError(`--trusted split: expected ${splitNames()}, got ${shown(argument)}`);
  }
  if (kind === "agree") {
    const least = Number(argument);
    if (/^\d+$/.test(argument) && least >= 2 && least <= 1000) return { kind, least };
    throw new ConfigError(`--trusted agree: expected a number of annotators, at least 2, got ${shown(argument)}`);
  }
  return { kind: "list", where: text, right: await readList(text) };
}

async function readList(path: string): Promise<Map<string, string | undefined>> {
  const right = new Map<string, string | undefined>();
  const add = (id: string, label: string | undefined, place: string): void => {
    if (id === "") throw new DataError(`${place}: has no id`);
    if (right.has(id) && right.get(id) !== label) throw new DataError(`${place}: ${shown(id)} has another label above`);
    right.set(id, label);
  };
  let head = "";
  for await (const piece of readLines(path)) {
    head = piece.split("\n", 1)[0]!;
    break;
  }
  if (/(^|[,;\t"])right_label("?)([,;\t]|\s*$)/.test(head)) {
    const source = await openCsv(path);
    if (!source.header.includes("id"))
      throw new DataError(`${path}: expected the columns id and right_label, found ${firstOf(source.header, 8)}`);
    const { columns, count, place } = await source.read(
      new Map([
        ["id", "text"],
        ["right_label", "text"],
      ]),
    );
    const [ids, labels] = [columns.get("id")!, columns.get("right_label")!];
    if (ids.kind !== "texts" || labels.kind !== "texts") return right;
    for (let row = 0; row < count; row++) {
      const label = textAt(labels, row).trim();
      add(textAt(ids, row).trim(), label === "" ? undefined : label, place(row));
    }
    return right;
  }
  for await (const piece of readLines(path)) {
    for (const line of piece.split("\n")) {
      const id = line.trim();
      if (id !== "") add(id, undefined, path);
    }
  }
  if (right.size === 0) throw new DataError(`${path}: names no trusted examples. Write an id a line`);
  return right;
}

/** @throws DataError with the first ids that no example has, and the nearest to the first */
export function refuseUnknown(where: string, listed: Iterable<string>, ids: readonly string[]): void {
  const known = new Set(ids);
  const unknown = [...listed].filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  const first = unknown[0]!;
  // The distance takes time: only ids of about this length are candidates.
  const nearest = closest(first, ids.filter((id) => Math.abs(id.length - first.length) <= 3).slice(0, 2000));
  throw new DataError(
    `${where}: ${unknown.length} trusted ${unknown.length === 1 ? "id is" : "ids are"} not in the data: ` +
      `${firstOf(
        unknown.map((id) => shortened(id, 60)),
        10,
      )}.` +
      (nearest === undefined ? ` Ids look like ${shown(ids[0])}` : ` Did you mean ${shortened(nearest)}?`),
  );
}
