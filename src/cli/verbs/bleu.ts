/** @file `reweight bleu`: BLEU of translations on standard input, in the line that multi-bleu.perl prints. */

import type { Command } from "commander";
import { Option } from "commander";
import { linesOf, readUnpacked } from "../../data/formats/lines.ts";
import { ConfigError, DataError } from "../../errors.ts";
import { counted } from "../../format.ts";
import { bleuLine, corpusBleu } from "../../objectives/bleu.ts";
import type { Bleu, BleuOptions } from "../../objectives/bleu.ts";
import { EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { warn } from "../io.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

interface Options extends BleuOptions {
  readonly json?: boolean;
}

export const bleu: Verb = {
  configure(command) {
    command
      .description(
        "Scores the translations on standard input, one sentence a line, against one or more reference files (plain or .gz): the same line as Moses' " +
          "multi-bleu.perl, to the digit. Words are what lies between ASCII white space, so both sides must be tokenised in the same way. " +
          "Exits with 1 when the references hold no word.",
      )
      .usage("[options] <REF...> < HYPOTHESES")
      .argument("<REF...>", "Files of references: line n of each translates the same sentence")
      .option("--lowercase", "Compare without regard to the case of ASCII letters (multi-bleu's -lc)")
      .addOption(
        new Option("--smoothing <name>", "What an order without a match counts: none, or exp as sacreBLEU's default")
          .choices(["none", "exp"])
          .default("none"),
      )
      .option("--json", "Print one JSON object");
    examples(command, [
      ["Translations of the test set", "reweight bleu test.en < translations.txt"],
      ["Two references of each sentence", "reweight bleu ref0.en ref1.en.gz < translations.txt"],
    ]);
  },

  async run([files], command: Command, io: Io) {
    const options = command.opts<Options>();
    const references = await readReferences(files as readonly string[]);
    const bytes = await io.input();
    if (bytes === undefined) {
      throw new ConfigError(
        "standard input: expected translations, one sentence a line, got a terminal. Use reweight bleu REF < HYPOTHESES",
      );
    }
    const hypotheses = linesOf(decode(bytes));
    if (hypotheses.length === 0) {
      throw new DataError(
        "standard input: expected translations, one sentence a line, got nothing. Check the command or file before it",
      );
    }
    const length = references[0]!.length;
    if (hypotheses.length > length) {
      throw new DataError(
        `standard input: expected one line for each of the ${counted(length, "line")} of ${(files as string[])[0]}, got ` +
          `${hypotheses.length}. Check that both are of the same text`,
      );
    }
    const score = corpusBleu(hypotheses, references, options);
    io.out(options.json ? JSON.stringify(score) : bleuLine(score));
    for (const warning of warningsOf(score, hypotheses.length, length)) warn(io, warning);
    return score.referenceLength === 0 ? EXIT.failed : EXIT.ok;
  },
};

/** The lines of each file. @throws DataError where their numbers differ */
async function readReferences(files: readonly string[]): Promise<string[][]> {
  const references = await Promise.all(files.map(async (file) => linesOf(decode(await readUnpacked(file)))));
  const length = references[0]!.length;
  const other = references.findIndex((lines) => lines.length !== length);
  if (other >= 0) {
    throw new DataError(
      `${files[other]}: expected ${counted(length, "line")} as in ${files[0]}, got ${references[other]!.length}. Name references of the same text`,
    );
  }
  return references;
}

/** Text whose characters are the bytes, which are what multi-bleu.perl compares: no encoding can be wrong. */
const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function warningsOf({ hypothesisLength, referenceLength }: Bleu, lines: number, length: number): string[] {
  return [
    ...(lines < length
      ? [
          `the translations have ${counted(lines, "line")}, the references ${length}: only the first ${lines} were scored`,
        ]
      : []),
    ...(referenceLength === 0 ? ["the references hold no word: there is nothing to score against"] : []),
    ...(hypothesisLength === 0 && referenceLength > 0
      ? ["the translations hold no word, so BLEU is 0 (multi-bleu.perl ends with a division by zero)"]
      : []),
  ];
}
