/** @file From rows by role to examples: classes, parts, given and right labels, trusted ones. The same for all readers. */

import { DataError } from "../../errors.ts";
import { shortened, shown } from "../../printable.ts";
import type { TextColumn } from "../tables/column.ts";
import type { Annotations } from "./annotators.ts";
import { agreedBy, consensus } from "./annotators.ts";
import type { ClassNames } from "./class-names.ts";
import { namesFrom, namesGiven } from "./class-names.ts";
import type { Examples } from "./examples.ts";
import { agreedValue, groupRows } from "./examples.ts";
import { KnownLabels } from "./known-labels.ts";
import { knownNoise } from "./noise-seen.ts";
import type { Part } from "./parts.ts";
import { flagAt, partOf, sameSplit, splitAt } from "./parts.ts";
import type { SourceRows } from "./source-rows.ts";
import { roleAt } from "./source-rows.ts";
import type { TrustedSource } from "./trusted.ts";
import { refuseUnknown } from "./trusted.ts";
import type { Format, Understood } from "./understood.ts";

export interface UnderstandOptions {
  /** names and order of the classes, and the file that they are from */
  readonly classes?: { readonly where: string; readonly names: readonly string[] };
  /** beside what the data say; later ones add to earlier ones */
  readonly trusted: readonly TrustedSource[];
}

/**
 * Concludes what the examples of a source are.
 * @throws DataError naming the place of what contradicts itself
 */
export function understand(source: SourceRows, format: Format, options: UnderstandOptions): Understood {
  const examples = groupRows(source);
  const count = examples.ids.length;
  const rowsOf = (n: number): Int32Array => examples.rows.subarray(examples.offsets[n], examples.offsets[n + 1]);
  const rows = Int32Array.from({ length: count }, (_, n) => rowsOf(n)[0]!);
  const place = (n: number): string => source.place(rows[n]!);

  const lists = options.trusted.filter((trusted) => trusted.kind === "list");
  for (const { where, right } of lists) refuseUnknown(where, right.keys(), examples.ids);
  const classes = classesOf(
    source,
    options.classes,
    lists.flatMap(({ right }) => [...right.values()]),
  );
  const idOf = classIds(source, classes, options.classes?.where);

  const annotations = source.roles.annotator && annotationsOf(source, examples, idOf);
  const most = annotations && consensus(annotations);
  const given = most
    ? KnownLabels.from(count, (n) => most[n])
    : KnownLabels.from(count, (n) => idOf("label", rows[n]!));

  // A column of trusted flags decides; without one, a right label makes an example trusted.
  const hasFlags = source.roles.trusted !== undefined;
  const apart = new Uint8Array(count);
  const right = new Int32Array(count).fill(-1);
  const parts = Array.from({ length: count }, (_, n): Part => {
    const split = agreedValue(source, rowsOf(n), "split", (row) => splitAt(source, row))!;
    const told = agreedValue(source, rowsOf(n), "the right label", (row) => idOf("right", row));
    let isTrusted = hasFlags ? rowsOf(n).some((row) => flagAt(source, "trusted", row)) : told !== undefined;
    let label = told;
    const part = partOf(split)!;
    if (part === "trusted" || part === "test") label ??= given.at(n);
    if (isTrusted) label ??= given.at(n);
    isTrusted ||= part === "trusted";
    apart[n] = Number(told !== undefined);
    for (const trusted of options.trusted) {
      if (trusted.kind === "split" && sameSplit(split, trusted.name)) {
        isTrusted = true;
        label ??= given.at(n);
      } else if (trusted.kind === "agree") {
        const agreed = annotations && agreedBy(annotations, n, trusted.least);
        if (agreed !== undefined) isTrusted = true;
        label ??= agreed;
      } else if (trusted.kind === "list" && trusted.right.has(examples.ids[n]!)) {
        const named = trusted.right.get(examples.ids[n]!);
        isTrusted = true;
        label =
          named === undefined
            ? (label ?? given.at(n))
            : namedClass(classes, named, trusted.where, options.classes?.where);
        if (named !== undefined) apart[n] = 1;
      }
    }
    right[n] = label ?? -1;
    if (part === "test") return "test";
    if (options.trusted.some(({ kind }) => kind === "none")) return part === "trusted" ? "left out" : part;
    if (!isTrusted) return part;
    if (label === undefined)
      throw new DataError(`${place(n)}: is trusted and has no label. Give it one, or do not trust it`);
    return "trusted";
  });
  if (options.trusted.some(({ kind }) => kind === "agree") && !annotations) {
    throw new DataError(
      `${source.where}: --trusted agree needs a column that says who gave a label: --columns annotator=…`,
    );
  }
  const rightLabels = new KnownLabels(right);
  const noise = knownNoise(given, rightLabels, apart);
  return {
    where: source.where,
    format,
    classes: classes.names,
    ids: examples.ids,
    parts,
    given,
    right: rightLabels,
    ...(noise ? { noise } : {}),
    ...(annotations ? { annotations } : {}),
    content: source.content,
    rows,
    remarks: [...source.remarks, ...classes.remarks, ...remarksOn(source, parts, given, rightLabels)],
    place,
  };
}

/** Distinct labels of a column, trimmed, none empty. */
function distinct(column: TextColumn | undefined): string[] {
  return (column?.values ?? []).map((value) => value.trim()).filter((value) => value !== "");
}

function classesOf(
  { where, roles, classNames }: SourceRows,
  given: UnderstandOptions["classes"],
  listed: readonly (string | undefined)[],
): ClassNames {
  if (given !== undefined) return namesGiven(given.where, given.names, false);
  if (classNames !== undefined) return namesGiven(where, classNames, true);
  const labels = [...distinct(roles.label), ...distinct(roles.right), ...listed.filter((label) => label !== undefined)];
  if (labels.length === 0) throw new DataError(`${where}: no example has a label. Name the column: --columns label=…`);
  return namesFrom(where, labels);
}

/** The class of a role in a row, undefined where the cell is empty. */
function classIds(
  source: SourceRows,
  classes: ClassNames,
  classesFile: string | undefined,
): (role: "label" | "right", row: number) => number | undefined {
  const ids = { label: new Int32Array(0), right: new Int32Array(0) };
  for (const role of ["label", "right"] as const) {
    const column = source.roles[role];
    if (column === undefined) continue;
    ids[role] = Int32Array.from(column.values, (value, code) => {
      const label = value.trim();
      const id = label === "" ? -1 : classes.idOf(label);
      if (id !== undefined) return id;
      throw new DataError(`${source.place(column.codes.indexOf(code))}: ${unknownClass(label, classes, classesFile)}`);
    });
  }
  return (role, row) => {
    const column = source.roles[role];
    const id = column === undefined ? -1 : ids[role][column.codes[row]!]!;
    return id === -1 ? undefined : id;
  };
}

const unknownClass = (label: string, { names }: ClassNames, classesFile: string | undefined): string =>
  `the class ${shown(shortened(label))} is not one of the ${names.length} that ` +
  (classesFile === undefined ? "the source names" : `${classesFile} names. Add it there, one name a line`);

function namedClass(classes: ClassNames, label: string, where: string, classesFile: string | undefined): number {
  const id = classes.idOf(label);
  if (id === undefined) throw new DataError(`${where}: ${unknownClass(label, classes, classesFile)}`);
  return id;
}

function annotationsOf(
  source: SourceRows,
  { ids, offsets, rows }: Examples,
  idOf: (role: "label", row: number) => number | undefined,
): Annotations {
  const names = new Map<string, number>();
  const [starts, who, label] = [[0], [], []] as [number[], number[], number[]];
  for (let n = 0; n < ids.length; n++) {
    for (const row of rows.subarray(offsets[n], offsets[n + 1])) {
      const id = idOf("label", row);
      if (id === undefined) continue;
      const name = roleAt(source, "annotator", row);
      if (!names.has(name)) names.set(name, names.size);
      who.push(names.get(name)!);
      label.push(id);
    }
    starts.push(who.length);
  }
  return {
    annotators: [...names.keys()],
    offsets: Int32Array.from(starts),
    annotator: Int32Array.from(who),
    label: Int32Array.from(label),
  };
}

function remarksOn(source: SourceRows, parts: readonly Part[], given: KnownLabels, right: KnownLabels): string[] {
  const count = (test: (part: Part, n: number) => boolean): number => parts.filter(test).length;
  const leftOut = count((part) => part === "left out");
  const unlabelled = count((part, n) => part === "train" && given.at(n) === undefined);
  const measured = count((part, n) => part === "train" && right.at(n) !== undefined);
  const spaced = (["label", "right"] as const).some((role) =>
    source.roles[role]?.values.some((value) => value !== value.trim()),
  );
  return [
    leftOut > 0 &&
      `${leftOut} validation examples are left out: they have, as a rule, the noise of the others. --trusted split:val trusts them`,
    unlabelled > 0 && `${unlabelled} training examples have no given label`,
    measured > 0 &&
      `${measured} training examples have a right label and are not trusted: it is used for measuring alone`,
    spaced && "space around labels is taken off",
  ].filter((remark) => remark !== false);
}
