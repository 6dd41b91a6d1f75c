/** @file `reweight translate`: sentences on standard input, one a line, translated by the student of a run. */

import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { LONGEST_SOURCE, TRANSLATE_DEFAULTS } from "../../decode/translate.ts";
import type { Translated } from "../../decode/translate.ts";
import { ConfigError } from "../../errors.ts";
import { counted } from "../../format.ts";
import { expandHome } from "../../home.ts";
import { loadTrained } from "../../train/after/load-run.ts";
import { readRecord } from "../../train/record/run-record.ts";
import { sentencesOf, translateLines } from "../../train/step/translation.ts";
import { EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { warn } from "../io.ts";
import { addPlaces, givenPlaces } from "../places.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

/** Lines that are translated together, at most: more than that waits in memory for nothing. */
const MOST_LINES = 1024;

interface Options {
  readonly checkpoint: "last" | "best";
  readonly beam: number;
  readonly lenpen: number;
  readonly maxLenA: number;
  readonly maxLenB: number;
  readonly nbest?: number;
}

export const translate: Verb = {
  configure(command) {
    const { beam, lengthPenalty, maxLenA, maxLenB } = TRANSLATE_DEFAULTS;
    command
      .description(
        "Translates the sentences on standard input, one a line, with the student of a run on sentence pairs: words between spaces, spelt and put " +
          "together again as in the run. Beam search by fairseq's rules. Lines keep their order, and an empty line stays one.",
      )
      .usage("[options] <folder> < SENTENCES")
      .argument("<folder>", "a run's folder")
      .addOption(
        new Option("--checkpoint <name>", "Which student: the last one, or the one that validation chose")
          .choices(["last", "best"])
          .default("last"),
      )
      .option("--beam <n>", "Sequences that are followed at a time; 1 is greedy", whole(1), beam)
      .option("--lenpen <p>", "Divide Σ ln p by the number of tokens to the power p", number, lengthPenalty)
      .option("--max-len-a <a>", "At most a · (pieces of the sentence) + b pieces", atLeastZero, maxLenA)
      .option("--max-len-b <b>", "See --max-len-a", atLeastZero, maxLenB)
      .option("--nbest <n>", "Print the n best of each line, each as line, score and text with tabs between", whole(1));
    addPlaces(command);
    examples(command, [
      ["The test set, scored", "reweight translate runs/my-run < test.de | reweight bleu test.en"],
      ["Three translations of each line, with scores", "reweight translate runs/my-run --nbest 3 < some.de"],
    ]);
  },

  async run([folder], command: Command, io: Io) {
    const options = command.opts<Options>();
    const { beam, nbest } = options;
    if (nbest !== undefined && nbest > beam)
      throw new ConfigError(`--nbest: expected at most --beam = ${beam}, got ${nbest}. Raise --beam`);
    const path = expandHome(String(folder));
    readRecord(path);
    const lines = io.lines();
    if (lines === undefined) {
      throw new ConfigError(
        "standard input: expected sentences, one a line, got a terminal. Use reweight translate FOLDER < SENTENCES",
      );
    }
    const run = await loadTrained(path, options.checkpoint, givenPlaces(command));
    try {
      // Before the first line, which may not come.
      sentencesOf(run.task);
      const search = { beam, lengthPenalty: options.lenpen, maxLenA: options.maxLenA, maxLenB: options.maxLenB };
      let done = 0;
      for await (const some of lines) {
        for (let start = 0; start < some.length; start += MOST_LINES) {
          const batch = some.slice(start, start + MOST_LINES);
          const found = await translateLines(run, batch, search);
          for (const [i, one] of found.entries()) print(io, one, done + i + 1, nbest);
          for (const warning of warningsOf(batch, found, done)) warn(io, warning);
          done += batch.length;
        }
      }
    } finally {
      await run.trainer.close();
    }
    return EXIT.ok;
  },
};

function print(io: Io, { best }: Translated, line: number, nbest: number | undefined): void {
  if (nbest === undefined) io.out(best[0]!.text);
  else for (const { text, score } of best.slice(0, nbest)) io.out(`${line}\t${score.toFixed(4)}\t${text}`);
}

/** What is odd about lines. @param before lines before these */
function warningsOf(lines: readonly string[], found: readonly Translated[], before: number): string[] {
  const long = found.flatMap(({ tokens }, i) =>
    tokens > LONGEST_SOURCE
      ? [`line ${before + i + 1}: has ${tokens} pieces, of which only the first ${LONGEST_SOURCE - 1} were translated`]
      : [],
  );
  const broken = lines.findIndex((line) => line.includes("\ufffd"));
  const strange = found.findIndex(({ tokens, unknown }) => unknown > 0 && unknown >= (tokens - 1) / 2);
  return [
    ...long,
    ...(broken >= 0 ? [`line ${before + broken + 1}: is not UTF-8, or holds U+FFFD; such characters are unknown`] : []),
    ...(strange >= 0
      ? [
          `line ${before + strange + 1}: ${found[strange]!.unknown} of ${counted(found[strange]!.tokens - 1, "piece")} are unknown to the run. ` +
            "Give it text tokenised as that of the run, in its source language",
        ]
      : []),
  ];
}

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
};

const atLeastZero = (text: string): number => {
  const value = number(text);
  if (value < 0) throw new InvalidArgumentError("Expected a number ≥ 0.");
  return value;
};

const whole =
  (least: number) =>
  (text: string): number => {
    const value = number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number ≥ ${least}.`);
    return value;
  };
