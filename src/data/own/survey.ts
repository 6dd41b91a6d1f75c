/** @file A look at the content of a source without decoding it: sizes of images, bad files, duplicates. */

import { createHash } from "node:crypto";
import { DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import { median } from "../../statistics.ts";
import { sizeOf } from "../pictures/decode.ts";
import { isPictures, pictures } from "../pictures/listing.ts";
import { PictureError } from "../pictures/sniff.ts";
import type { BadPicture } from "../pictures/store.ts";
import type { Understood } from "./understood.ts";

/** Smallest, median and largest. */
export type Range = readonly [least: number, median: number, most: number];

export interface Survey {
  /** absent for features */
  readonly sizes?: { readonly width: Range; readonly height: Range };
  readonly bad: readonly BadPicture[];
  /** Examples with the same bytes: the first, and another one. */
  readonly duplicates: {
    /** of training, and of trusted or test examples: what is measured there was seen in training */
    readonly across: readonly (readonly [number, number])[];
    /** within the training examples, with different given labels */
    readonly contradicting: readonly (readonly [number, number])[];
    /** within the training examples, with the same label */
    readonly repeated: number;
  };
}

/** Reads all content once. Memory grows with the number of examples by a hash each, and not with their size. */
export async function survey(understood: Understood): Promise<Survey> {
  const { content, rows } = understood;
  const first = new Map<string, number[]>();
  const note = (example: number, bytes: Uint8Array): void => {
    const hash = createHash("sha256").update(bytes).digest("base64").slice(0, 22);
    const same = first.get(hash);
    if (same === undefined) first.set(hash, [example]);
    else same.push(example);
  };
  const bad: BadPicture[] = [];
  const [widths, heights]: [number[], number[]] = [[], []];
  if (isPictures(content)) {
    for await (const { example, name, bytes } of pictures(understood, content)) {
      try {
        const read = await bytes();
        const [width, height] = content.kind === "pixels" ? [content.shape[1], content.shape[0]] : await sizeOf(read);
        widths.push(width);
        heights.push(height);
        note(example, read);
      } catch (error) {
        if (!(error instanceof PictureError)) throw error;
        bad.push({ example, name, reason: error.message });
      }
    }
  } else if (content.kind === "vectors") {
    const { width, values } = content;
    for (const [example, row] of rows.entries()) {
      note(example, new Uint8Array(values.buffer, values.byteOffset + 4 * row * width, 4 * width));
    }
  }
  return {
    ...(widths.length > 0 ? { sizes: { width: rangeOf(widths), height: rangeOf(heights) } } : {}),
    bad,
    duplicates: duplicatesIn(understood, first.values()),
  };
}

const rangeOf = (numbers: number[]): Range => {
  numbers.sort((a, b) => a - b);
  return [numbers[0]!, median(numbers)!, numbers.at(-1)!];
};

function duplicatesIn({ parts, given }: Understood, groups: Iterable<readonly number[]>): Survey["duplicates"] {
  const [across, contradicting]: [[number, number][], [number, number][]] = [[], []];
  let repeated = 0;
  for (const group of groups) {
    if (group.length === 1) continue;
    const train = group.filter((example) => parts[example] === "train");
    const apart = group.find((example) => parts[example] === "trusted" || parts[example] === "test");
    if (train.length > 0 && apart !== undefined) across.push([train[0]!, apart]);
    for (const other of train.slice(1)) {
      if (given.at(other) === given.at(train[0]!)) repeated++;
      else contradicting.push([train[0]!, other]);
    }
  }
  return { across, contradicting, repeated };
}

/** @throws DataError if training examples are trusted or test examples too, with the first pairs */
export function refuseAcross({ ids, parts, where }: Understood, { duplicates: { across } }: Survey): void {
  if (across.length === 0) return;
  const pairs = across.map(([a, b]) => `${shortened(ids[a]!, 60)} (train) = ${shortened(ids[b]!, 60)} (${parts[b]})`);
  throw new DataError(
    `${where}: ${across.length} training examples have the bytes of trusted or test ones: ${firstOf(pairs, 5)}. ` +
      `Remove one of each, or say --allow-duplicates`,
  );
}
