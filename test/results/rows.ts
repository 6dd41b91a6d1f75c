/** @file Rows for the tests of the tables. */

import type { Row } from "../../results/row.ts";

/** A row with the few numbers that tables read. */
export function row(label: string, seed: number, testErrorLast: number, more: Partial<Row> = {}): Row {
  return {
    experiment: "small-table6",
    label,
    data: "cifar10",
    student: "resnet8",
    noise: "flip2:0.4",
    method: label.split("-")[0]!,
    seed,
    steps: 100,
    testErrorLast,
    testErrorBestValidation: testErrorLast,
    validErrorLast: testErrorLast,
    validErrorBest: testErrorLast,
    auroc: null,
    weightOnWrong: null,
    secondsPerStep: 0.25,
    secondsPerTeacherUpdate: null,
    wallSeconds: 100,
    engine: "torch",
    engineVersion: "2.13",
    precision: "bf16",
    threads: 1,
    cpu: "A processor",
    ...more,
  };
}
