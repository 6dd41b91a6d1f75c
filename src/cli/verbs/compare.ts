/** @file `reweight compare`: a table of run folders, with mean ± std over seeds. */

import type { Command } from "commander";
import { Option } from "commander";
import { BASELINES } from "../../compare/baseline.ts";
import { compareRuns } from "../../compare/groups.ts";
import { comparisonCsv, comparisonMarkdown, comparisonTable } from "../show/compare-text.ts";
import { EXIT } from "../errors.ts";
import { collectRuns } from "../../compare/collect.ts";
import { firstOf } from "../../printable.ts";
import type { Io } from "../io.ts";
import { warn } from "../io.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

interface Flags {
  readonly baseline?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly markdown?: boolean;
}

export const compare: Verb = {
  configure(command) {
    command
      .description(
        "Reads the run.json of several run folders, puts runs that differ only in their seed into one group, and prints for each group the mean and " +
          "the sample standard deviation of the test error (after the last epoch, and where validation was best), of the AUROC of the weights against " +
          "the noise, and of the seconds per step. Where baselines are among the runs, under the same settings but for what is a method's own, it also prints the " +
          "difference in test error to the strongest of them, seed by seed: mean, standard deviation, and n where some seeds lack a partner. It warns when the groups differ in more than their method.",
      )
      .argument("<folders...>", 'run folders, or patterns such as "runs/*-uniform-*"')
      .option(
        "--baseline <method>",
        `Method of the baseline; by default the one of ${BASELINES.join(", ")} with the lowest error`,
      )
      .addOption(new Option("--json", "Print one JSON object").conflicts(["csv", "markdown"]))
      .addOption(new Option("--csv", "Print CSV; shares and seconds as plain numbers").conflicts(["markdown"]))
      .option("--markdown", "Print a Markdown table");
    examples(command, [
      ["The baseline against the teacher, over all seeds there are", 'reweight compare "runs/glyphs-*"'],
      ["What the teacher adds to self-paced learning", 'reweight compare "runs/*" --baseline spl'],
      ["A table for a report", "reweight compare runs/* --markdown >> results.md"],
    ]);
  },

  run([patterns], command: Command, io: Io) {
    const { runs, others } = collectRuns(patterns as string[]);
    const { json, csv, markdown, baseline } = command.opts<Flags>();
    const comparison = compareRuns(runs, { baseline });
    const leftOut = others.length === 0 ? [] : [`left out, since there is no run.json: ${firstOf(others, 5)}`];
    if (json) {
      io.out(JSON.stringify({ ...comparison, warnings: [...leftOut, ...comparison.warnings] }));
      return Promise.resolve(EXIT.ok);
    }
    io.out(csv ? comparisonCsv(comparison) : markdown ? comparisonMarkdown(comparison) : comparisonTable(comparison));
    for (const warning of [...leftOut, ...comparison.warnings]) warn(io, warning);
    return Promise.resolve(EXIT.ok);
  },
};
