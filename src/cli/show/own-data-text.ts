/** @file What a source of one's own was understood as, as text and as one JSON object. */

import { agreements } from "../../data/own/annotators.ts";
import { trustedWarnings } from "../../data/own/check-understood.ts";
import type { Survey } from "../../data/own/survey.ts";
import type { Understood } from "../../data/own/understood.ts";
import { countsOf } from "../../data/own/understood.ts";
import { counted, facts, percent, table, thousands } from "../../format.ts";
import { firstOf, printable, shortened } from "../../printable.ts";

/** Classes that the table lists. */
const MOST_ROWS = 50;

const PARTS = ["train", "trusted", "test", "left out"] as const;

/** The whole, for programs: what is not known is null. */
export function ownDataRecord(understood: Understood, seen: Survey): Record<string, unknown> {
  const { where, format, classes, noise, annotations, content, remarks, ids } = understood;
  const counts = Object.fromEntries(
    PARTS.map((part) => [part === "left out" ? "leftOut" : part, countsOf(understood, part)]),
  );
  const named = (pairs: readonly (readonly [number, number])[]): string[][] =>
    pairs.map((pair) => pair.map((n) => ids[n]!));
  const { across, contradicting, repeated } = seen.duplicates;
  return {
    source: where,
    format,
    content: content.kind,
    examples: ids.length,
    classes,
    counts,
    noise: noise ?? null,
    annotators: annotations ? agreements(annotations) : null,
    sizes: seen.sizes ?? null,
    bad: seen.bad.map(({ example, name, reason }) => ({ id: ids[example], name, reason })),
    duplicates: { across: named(across), contradicting: named(contradicting), repeated },
    remarks: [...remarks, ...trustedWarnings(understood)],
  };
}

/** The whole, for people. */
export function ownDataText(understood: Understood, seen: Survey): string {
  const { where, format, classes, noise, annotations, ids, remarks } = understood;
  const counts = PARTS.map((part) => countsOf(understood, part));
  const [train, trusted] = counts as [(typeof counts)[0], (typeof counts)[0]];
  const range = ([least, middle, most]: readonly [number, number, number]): string =>
    `${least} to ${most}, median ${middle}`;
  const { bad, sizes, duplicates } = seen;
  const all: [name: string, value: string][] = [
    ["data", `${printable(where)}, read as ${format}`],
    [
      "examples",
      `${PARTS.map((part, i) => `${thousands(counts[i]!.total)} ${part}`).join(", ")}; ${counted(classes.length, "class", "classes")}`,
    ],
    ["content", contentText(understood)],
    ["width, height", sizes ? `${range(sizes.width)}; ${range(sizes.height)}` : ""],
    [
      "unreadable",
      bad.length === 0
        ? ""
        : `${bad.length}: ${firstOf(
            bad.map(({ name, reason }) => `${printable(shortened(name, 80))} ${reason}`),
            3,
            "; ",
          )}`,
    ],
    [
      "trusted",
      trusted.total === 0
        ? "none: methods that learn from trusted examples cannot run"
        : `${thousands(trusted.total)}, ${percent(trusted.total / (trusted.total + train.total), 1)} of those for training`,
    ],
    [
      "wrong labels",
      noise
        ? `${noise.wrong} of ${noise.checked} checked: ${percent(noise.share, 1)}, in 95 % of samples ${percent(noise.interval[0], 1)} to ${percent(noise.interval[1], 1)}`
        : "unknown: no example has both a given and a right label",
    ],
    ["same bytes", duplicatesText(understood, duplicates)],
  ];
  const rows = classes
    .slice(0, MOST_ROWS)
    .map((name, k) => [
      String(k),
      printable(shortened(name, 40)),
      ...counts.map(({ perClass }) => thousands(perClass[k]!)),
    ]);
  const parts = [facts(all.filter(([, value]) => value !== "")), table(["id", "class", ...PARTS], rows)];
  if (classes.length > MOST_ROWS) parts.push(`and ${classes.length - MOST_ROWS} classes more (--json lists all)`);
  if (noise && noise.wrong > 0) parts.push(confusionText(understood, noise.confusion));
  if (annotations) {
    parts.push(
      table(
        ["annotator", "labels", "as most others"],
        agreements(annotations)
          .slice(0, MOST_ROWS)
          .map(({ annotator, labels, compared, agreed }) => [
            printable(shortened(annotator, 40)),
            thousands(labels),
            compared === 0 ? "–" : percent(agreed / compared, 1),
          ]),
      ),
    );
  }
  const notes = [...remarks, ...trustedWarnings(understood)];
  if (notes.length > 0) parts.push(notes.map((remark) => `· ${printable(remark)}`).join("\n"));
  if (ids.length === 0) return parts[0]!;
  return parts.join("\n\n");
}

function contentText({ content }: Understood): string {
  switch (content.kind) {
    case "files":
      return "image files";
    case "packed":
      return `images inside of ${counted(content.files.length, "file")}`;
    case "pixels":
      return `images [${content.shape.join(", ")}]`;
    case "vectors":
      return `${thousands(content.width)} numbers each`;
    case "columns":
      return `${counted(content.columns.size, "column")}: ${firstOf(
        [...content.columns.keys()].map((name) => printable(shortened(name, 40))),
        12,
      )}`;
  }
}

function duplicatesText({ ids }: Understood, { across, contradicting, repeated }: Survey["duplicates"]): string {
  const pair = ([a, b]: readonly [number, number]): string =>
    `${printable(shortened(ids[a]!, 40))} = ${printable(shortened(ids[b]!, 40))}`;
  return [
    across.length > 0 ? `${across.length} in training and in trusted or test: ${firstOf(across.map(pair), 3)}` : "",
    contradicting.length > 0
      ? `${contradicting.length} with different labels: ${firstOf(contradicting.map(pair), 3)}`
      : "",
    repeated > 0 ? `${repeated} with the same label` : "",
  ]
    .filter((text) => text !== "")
    .join("; ");
}

/** The most frequent wrong labels among the checked ones. */
function confusionText({ classes }: Understood, confusion: NonNullable<Understood["noise"]>["confusion"]): string {
  const name = (k: number): string => printable(shortened(classes[k]!, 40));
  const wrong = confusion.filter(({ right, given }) => right !== given).sort((a, b) => b.count - a.count);
  return table(
    ["right", "given", "checked"],
    wrong.slice(0, 10).map(({ right, given, count }) => [name(right), name(given), thousands(count)]),
  );
}
