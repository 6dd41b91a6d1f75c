import { describe, expect, test } from "vitest";
import { toSvg } from "../../src/report/figure.ts";
import type { WeightRecord } from "../../src/report/record.ts";
import { transitionError, transitionFigures, transitionRows } from "../../src/report/transition-figure.ts";
import { weightsReport } from "../../src/report/weights-report.ts";
import { synthetic } from "./synthetic.ts";

const learnt = [
  [0.5, 0.5, 0],
  [0, 0.5, 0.5],
  [0.25, 0, 0.75],
];
// Given i mod 3; every third, which are those given 0, is truly of class 1: no example is truly of class 0.
const record: WeightRecord = { ...synthetic({ examples: 60, classes: 3 }), transitions: learnt };

describe("transitions", () => {
  test("rows have the learnt share and the real one, where a class has examples", () => {
    const rows = transitionRows(record);
    expect(rows.map((row) => row["learnt"])).toEqual(learnt.flat());
    expect(rows.map((row) => row["real"])).toEqual([null, null, null, 0.5, 0.5, 0, 0, 0, 1]);
    expect(rows[5]).toMatchObject({ true_class: "class <1>", given_label: "class <2>" });
  });

  test("their error is the mean over classes of Σ |learnt − real|", () => {
    expect(transitionError(transitionRows(record))).toBeCloseTo((1 + 0.5) / 2, 12);
  });

  test("without wrong labels there is nothing real to compare with", async () => {
    const clean = { ...record, training: record.training.map((example) => ({ ...example, clean: example.given })) };
    expect(transitionError(transitionRows(clean))).toBeNull();
    const svg = await toSvg(transitionFigures(clean)[0]!.spec);
    expect(svg).toContain(">learnt</text>");
    expect(svg).not.toContain(">real</text>");
  });

  test("the figure has a field for each pair, learnt and real, with its number", async () => {
    const svg = await toSvg(transitionFigures(record)[0]!.spec);
    const fields = svg.split(/<g class="/).filter((part) => part.startsWith("mark-rect role-mark"));
    expect(fields.flatMap((part) => [...part.split("</g>")[0]!.matchAll(/<path/g)])).toHaveLength(9 + 6);
    expect(svg).toContain(">0.75</text>");
  });

  test("of a hundred classes the fields bear no numbers", async () => {
    const many = synthetic({ examples: 300, classes: 100 });
    const transitions = many.classes.map((_, c) => many.classes.map((_, j) => (c === j ? 0.25 : 0)));
    expect(await toSvg(transitionFigures({ ...many, transitions })[0]!.spec)).not.toContain(">0.25</text>");
  });

  test("a report has the figure, its table and the error only where something was learnt of it", async () => {
    const { files, findings } = await weightsReport(record, "run", []);
    expect(files.get("transitions.csv")).toContain("true_class,given_label,learnt,real");
    expect(files.get("index.html")).toContain("How labels go wrong");
    expect(findings).toContainEqual(["how labels go wrong", expect.stringContaining("0.750")]);
    const none = await weightsReport(synthetic({ examples: 60, classes: 3 }), "run", []);
    expect([...none.files.keys()].join()).not.toContain("transitions");
  });
});
