/** @file Classification of texts: a set of texts as ids, split and with label noise. */

import type { TextSet } from "../../data/texts/text-set.ts";
import type { Vocabulary } from "../../data/texts/vocabulary.ts";
import { vocabularyOf } from "../../data/texts/vocabulary.ts";
import { sha256 } from "../../data/dataset.ts";
import type { Ragged } from "../../data/text/ragged.ts";
import { raggedOf } from "../../data/text/ragged.ts";
import type * as labelled from "../labelled.ts";
import { divide } from "../labelled.ts";

/** Examples of a set of texts: position n is text `indices[n]` of the source part. */
export interface TextExamples extends labelled.Examples {
  /** Ids of *all* texts of the source part. */
  readonly ids: Ragged;
  /** All texts of the source part, as they were read. */
  readonly texts: readonly string[];
}

export interface TrainTexts extends TextExamples, labelled.TrainExamples {}

export interface ValidTexts extends TextExamples, labelled.ValidExamples {}

export interface TextData extends labelled.LabelledWithTruth {
  readonly vocabulary: Vocabulary;
  readonly train: TrainTexts;
  readonly valid: ValidTexts;
  readonly trusted: TextExamples;
  readonly test: TextExamples;
}

export interface TextOptions extends labelled.DivisionOptions {
  /** merges of byte-pair encoding that are learnt from the training text; default 0: whole words */
  readonly bpe?: number;
}

/**
 * Splits a set of texts, draws the noise and turns texts into ids. The vocabulary is that of the whole training file, so
 * that it depends on neither split nor noise; it is part of the data's hash.
 *
 * @throws ConfigError if settings do not fit the data
 */
export async function prepareTexts(set: TextSet, { bpe = 0, ...options }: TextOptions): Promise<TextData> {
  const parts = await divide(set, options);
  const vocabulary = vocabularyOf(set.train.texts, bpe);
  const encoded = (texts: readonly string[]) => ({ texts, ids: raggedOf(texts.map(vocabulary.encode)) });
  const [train, test] = [encoded(set.train.texts), encoded(set.test.texts)];
  const { hashes } = parts;
  return {
    ...parts,
    vocabulary,
    train: { ...parts.train, ...train },
    valid: { ...parts.valid, ...train },
    trusted: { ...parts.trusted, ...train },
    test: { ...parts.test, ...test },
    hashes: {
      ...hashes,
      dataset: sha256(new TextEncoder().encode(`${hashes.dataset} ${vocabulary.hash}`)),
      vocabulary: vocabulary.hash,
    },
  };
}
