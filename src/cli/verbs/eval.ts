/** @file `reweight eval`: evaluation of a trained student on test and validation data. */

import type { Command } from "commander";
import { Option } from "commander";
import type { RunEvaluation } from "../../train/after/evaluate-run.ts";
import { evaluateRun } from "../../train/after/evaluate-run.ts";
import { EXIT } from "../errors.ts";
import { counted, duration, facts, fixed, percent, table, thousands } from "../../format.ts";
import { expandHome } from "../../home.ts";
import type { Io } from "../io.ts";
import { addPlaces, givenPlaces } from "../places.ts";
import { readRecord } from "../../train/record/run-record.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

export const evaluate: Verb = {
  configure(command) {
    command
      .description(
        "Loads the student of a run folder, prepares the run's data again from its settings, and prints test and validation error, and how the test " +
          "examples of each class fared.",
      )
      .argument("<folder>", "a run's folder")
      .addOption(
        new Option("--checkpoint <name>", "Which student: the last one, or the one that validation chose")
          .choices(["last", "best"])
          .default("last"),
      )
      .option("--json", "Print one JSON object, with the whole confusion matrix");
    addPlaces(command);
    examples(command, [
      ["The student that validation chose", "reweight eval runs/glyphs-resnet32-flip2-0.4-deep-1 --checkpoint best"],
      ["Where its data lie elsewhere now", "reweight eval runs/mnist-mlp-none-deep-1 --data-dir ../data"],
    ]);
  },

  async run([folder], command: Command, io: Io) {
    const path = expandHome(String(folder));
    const { checkpoint, json } = command.opts<{ checkpoint: "last" | "best"; json?: boolean }>();
    readRecord(path);
    const result = await evaluateRun(path, { checkpoint, places: givenPlaces(command) });
    io.out(json ? JSON.stringify({ folder: path, ...result }) : evaluationText(path, result));
    return EXIT.ok;
  },
};

/** Text output: the errors, then a line per class with its most frequent wrong prediction. */
export function evaluationText(folder: string, result: RunEvaluation): string {
  const rows = classErrors(result).map(({ name, count, error, takenFor }) => [
    name,
    thousands(count),
    error === null ? "" : percent(error),
    takenFor,
  ]);
  const head = facts([
    ["folder", `${folder} (${result.checkpoint} student, after ${counted(result.step, "step")})`],
    ...partFacts("test", result.testError, result.testLoss, result.examples.test),
    ...partFacts("validation", result.validError, result.validLoss, result.examples.valid),
    ...(result.testBleu === undefined ? [] : [["BLEU", result.testBleu.toFixed(2)] as const]),
    ["time", duration(result.seconds)],
  ]);
  if (rows.length === 0) return head;
  return `${head}\n\n${table(["class", "examples", "error", "most often taken for"], rows)}`;
}

/** Nothing for a run without examples of the part. */
function partFacts(part: string, error: number | null, loss: number | null, count: number): [string, string][] {
  if (count === 0) return [];
  return [[`${part} error`, `${percent(error)} of ${thousands(count)}, ${part} loss ${fixed(loss)}`]];
}

export interface ClassError {
  readonly name: string;
  readonly count: number;
  /** Share of the class's examples that are misclassified; null for a class without examples */
  readonly error: number | null;
  readonly takenFor: string;
}

/** Errors of each class, from the confusion matrix (row = true class, column = predicted). */
export function classErrors({ confusion, classes }: Pick<RunEvaluation, "confusion" | "classes">): ClassError[] {
  return confusion.map((row, k) => {
    const count = row.reduce((sum, n) => sum + n, 0);
    const wrong = row.map((n, j) => ({ n, j })).filter(({ n, j }) => j !== k && n > 0);
    const worst = wrong.sort((a, b) => b.n - a.n)[0];
    return {
      name: classes[k] ?? String(k),
      count,
      error: count === 0 ? null : 1 - row[k]! / count,
      takenFor: worst ? `${classes[worst.j] ?? worst.j} (${worst.n})` : "",
    };
  });
}
