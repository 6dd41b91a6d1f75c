/** @file What the student as it is makes of sentences: translations, and their BLEU. */

import type { Writer } from "../../decode/cached-next.ts";
import type { Translated, TranslateOptions } from "../../decode/translate.ts";
import { translate, TRANSLATE_DEFAULTS } from "../../decode/translate.ts";
import { ConfigError } from "../../errors.ts";
import { isGenerator } from "../../models/student.ts";
import type { Bleu } from "../../objectives/bleu.ts";
import { corpusBleu } from "../../objectives/bleu.ts";
import type { Sentences, Task } from "../../tasks/task.ts";
import { unflatten } from "../../tree.ts";
import type { TrainConfig } from "../config.ts";
import type { Trainer } from "./trainer.ts";

/** A student that translates, and how its sentences are spelt. */
interface Translator {
  readonly trainer: Trainer;
  readonly task: Task;
}

/** The sentences of a task that translates. @throws ConfigError for another task */
export function sentencesOf({ sentences, name, objective }: Task): Sentences {
  if (sentences) return sentences;
  throw new ConfigError(`expected a student that translates, got one of ${name}, which predicts ${objective.kind}`);
}

/** @throws ConfigError for a run that does not translate */
export function translateLines(
  { trainer, task }: Translator,
  lines: readonly string[],
  options: TranslateOptions,
): Promise<Translated[]> {
  return translate(writerOf(trainer), sentencesOf(task).spelling, lines, options);
}

function writerOf(trainer: Trainer): Writer {
  const { student, initial } = trainer.problem;
  if (!isGenerator(student)) {
    throw new ConfigError(
      `--student: expected one that writes token by token, got ${student.name}, which has no \`next\``,
    );
  }
  return { student, runner: trainer, params: unflatten(initial.theta, trainer.arrays.theta) };
}

export interface PartTranslated {
  /** The best translation of each source, in the part's order. */
  readonly lines: readonly string[];
  readonly bleu: Bleu;
}

/** Translations of a part and their BLEU; undefined for a task without sentences. */
export async function translatePart(
  { config, ...translator }: Translator & { readonly config: Pick<TrainConfig, "beam" | "lenpen"> },
  part: keyof Pick<Sentences, "valid" | "test">,
): Promise<PartTranslated | undefined> {
  const pairs = translator.task.sentences?.[part];
  if (!pairs) return undefined;
  const options = { ...TRANSLATE_DEFAULTS, beam: config.beam, lengthPenalty: config.lenpen };
  const translated = await translateLines(translator, pairs.source, options);
  const lines = translated.map(({ best }) => best[0]!.text);
  return { lines, bleu: corpusBleu(lines, [pairs.target]) };
}
