/** @file A task of texts as a plain record. */

import { SPECIAL } from "../../data/text/dictionary.ts";
import { rowOf } from "../../data/text/ragged.ts";
import { median } from "../../statistics.ts";
import type { TextRecord } from "../record.ts";
import { recordOf } from "../record.ts";
import type { TextData, TextExamples } from "./prepare.ts";

/** Describes texts that were split and given noise. @param bpe merges that were asked for */
export function describeTexts(data: TextData, bpe: number): TextRecord {
  const { train, test, vocabulary } = data;
  const lengths = Array.from(train.indices, (row) => rowOf(train.ids, row).length);
  const tested = Array.from(test.indices, (row) => [...rowOf(test.ids, row)]).flat();
  const texts = textsOf(train);
  const known = new Set(texts);
  return {
    ...recordOf(data),
    vocabulary: { size: vocabulary.size, bpe, sha256: vocabulary.hash },
    lengths: {
      mean: lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
      median: median(lengths)!,
      max: Math.max(...lengths),
    },
    unseen: tested.filter((id) => id === SPECIAL.unk).length / tested.length,
    repeated: { train: texts.length - known.size, test: textsOf(test).filter((text) => known.has(text)).length },
  };
}

const textsOf = ({ texts, indices }: TextExamples): string[] => Array.from(indices, (row) => texts[row]!);
