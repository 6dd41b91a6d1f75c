/** @file `reweight compare`: run folders → one table, mean ± std over seeds. */

import type { Command } from "commander";
import { Option } from "commander";
import { compareRuns } from "./compare-groups.ts";
import { comparisonCsv, comparisonMarkdown, comparisonTable } from "./compare-text.ts";
import { EXIT } from "./errors.ts";
import { expandFolders } from "./glob.ts";
import type { Io } from "./io.ts";
import { readRun } from "./run-record.ts";
import type { Verb } from "./verb.ts";
import { examples } from "./verb.ts";

export const compare: Verb = {
  configure(command) {
    command
      .description(
        "Reads the run.json of several run folders, puts runs that differ only in their seed into one group, and prints for each group the mean and " +
          "the sample standard deviation of the test error (after the last epoch, and where validation was best), of the AUROC of the weights against " +
          "the noise, and of the seconds per step. It warns when the groups differ in more than their method.",
      )
      .argument("<folders...>", 'run folders, or patterns such as "runs/*-uniform-*"')
      .addOption(new Option("--json", "Print one JSON object").conflicts(["csv", "markdown"]))
      .addOption(new Option("--csv", "Print CSV; shares and seconds as plain numbers").conflicts(["markdown"]))
      .option("--markdown", "Print a Markdown table");
    examples(command, [
      ["The baseline against the teacher, over all seeds there are", 'reweight compare "runs/glyphs-*"'],
      ["A table for a report", "reweight compare runs/* --markdown >> results.md"],
    ]);
  },

  async run([patterns], command: Command, io: Io) {
    const folders = (await Promise.all((patterns as string[]).map(expandFolders))).flat();
    const runs = await Promise.all(
      [...new Set(folders.map((folder) => folder.replace(/(?<=.)\/+$/, "")))].map(readRun),
    );
    const comparison = compareRuns(runs);
    const { json, csv, markdown } = command.opts<{ json?: boolean; csv?: boolean; markdown?: boolean }>();
    if (json) {
      io.out(JSON.stringify(comparison));
      return EXIT.ok;
    }
    io.out(csv ? comparisonCsv(comparison) : markdown ? comparisonMarkdown(comparison) : comparisonTable(comparison));
    for (const warning of comparison.warnings) io.err(`${io.colors.yellow("warning:")} ${warning}`);
    return EXIT.ok;
  },
};
