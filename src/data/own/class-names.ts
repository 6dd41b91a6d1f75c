/** @file Classes of a source: their names, in an order that does not depend on the order of the rows. */

import { DataError } from "../../errors.ts";
import { shortened, shown } from "../../printable.ts";

/** Most classes: with 65,535, ids of 16 bits leave one value for "unknown". */
export const MOST_CLASSES = 65_535;

/** Names of classes, and which class a label stands for. */
export interface ClassNames {
  /** `[K]` */
  readonly names: readonly string[];
  /** The class of a label that is not empty; undefined for one that is none of the names. */
  idOf(label: string): number | undefined;
  /** what was noticed, one sentence each */
  readonly remarks: readonly string[];
}

/**
 * Names from the labels that occur: whole numbers in numeric order, else names in the order of their code points.
 *
 * @param where file or folder, for messages
 * @param labels the distinct ones, without space around them, none empty
 * @throws DataError for more than 65,535
 */
export function namesFrom(where: string, labels: Iterable<string>): ClassNames {
  const distinct = [...new Set(labels)];
  if (distinct.length > MOST_CLASSES) {
    throw new DataError(
      `${where}: has ${distinct.length} different labels, the first ${shown(distinct[0])}. ` +
        `Up to ${MOST_CLASSES} classes are possible: is that column the label?`,
    );
  }
  const areIntegers = distinct.every((label) => /^(0|[1-9]\d{0,14})$/.test(label));
  const names = areIntegers ? distinct.sort((a, b) => Number(a) - Number(b)) : distinct.sort(byCodePoint);
  return withIds(names, [...lookalikes(names)]);
}

/**
 * Names that are given: by `--classes`, or by the source, where labels may be their positions.
 * @param areCounted whether whole numbers among the labels are positions
 * @throws DataError for an empty list, an empty name, one that comes twice, and for more than 65,535
 */
export function namesGiven(where: string, given: readonly string[], areCounted: boolean): ClassNames {
  const names = given.map((name) => name.trim());
  if (names.length === 0) throw new DataError(`${where}: names no classes`);
  if (names.length > MOST_CLASSES)
    throw new DataError(`${where}: names ${names.length} classes. Up to ${MOST_CLASSES} are possible`);
  const empty = names.indexOf("");
  if (empty >= 0) throw new DataError(`${where}: class ${empty} has no name`);
  const places = new Map<string, number>();
  for (const [k, name] of names.entries()) {
    if (places.has(name)) throw new DataError(`${where}: names the class ${shortened(name)} twice`);
    places.set(name, k);
  }
  if (!areCounted) return withIds(names, []);
  return {
    ...withIds(names, []),
    idOf: (label) =>
      places.get(label) ?? (/^\d{1,5}$/.test(label) && Number(label) < names.length ? Number(label) : undefined),
  };
}

function withIds(names: readonly string[], remarks: readonly string[]): ClassNames {
  const ids = new Map(names.map((name, k) => [name, k]));
  return { names, idOf: (label) => ids.get(label), remarks };
}

/** Order of code points: that of UTF-8, and not that of JavaScript, which compares halves of pairs. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Names that a reader takes for one another, which are as a rule one class that was written in two ways. */
function* lookalikes(names: readonly string[]): Generator<string> {
  const seen = new Map<string, string>();
  for (const name of names) {
    const plain = name.normalize("NFKC").toLowerCase();
    const other = seen.get(plain);
    if (other !== undefined) {
      yield `the classes ${shown(other)} and ${shown(name)} differ in case, or in how accents are written, alone: are they one?`;
    } else seen.set(plain, name);
  }
}
