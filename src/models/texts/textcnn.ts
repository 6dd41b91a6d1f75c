/**
 * @file TextCNN (Kim 2014): convolutions over windows of words, each map's maximum over time, a linear classifier.
 *
 * As in Kim's program the vectors behind a text are those of padding and take part: windows reach beyond its end, and one
 * holds padding alone. A row has as many places behind it as the widest window, so that further ones change nothing.
 */

import { childKey } from "../../nn/layer.ts";
import type { Windows } from "../../nn/windows.ts";
import { windows } from "../../nn/windows.ts";
import { expand } from "../../ops/broadcast.ts";
import { concat, reshape, slice } from "../../ops/movement.ts";
import { child } from "../../tree.ts";
import type { Student, StudentFamily, StudentForm } from "../student.ts";
import type { Body } from "./classifier.ts";
import { textStudent } from "./classifier.ts";
import { initWords, vectorsOf } from "./words.ts";

interface Sizes {
  /** Words of each kind of window. */
  readonly windows: readonly number[];
  /** Maps of each. */
  readonly maps: number;
  /** Numbers of a word's vector. */
  readonly width: number;
}

const KIM: Sizes = { windows: [3, 4, 5], maps: 100, width: 100 };
const RATE = 0.5;

function body({ windows: places, maps, width }: Sizes): Body {
  const layers = places.map((count): [string, Windows] => [`window${count}`, windows(count, width, maps)]);
  return {
    width: maps * places.length,
    table: (key, vocabulary) => initWords(key, vocabulary, width, 0.25),
    init: (key) => Object.fromEntries(layers.map(([name, layer]) => [name, layer.init(childKey(key, name)).params])),
    apply(params, { table, tokens, padding }) {
      const [N, T] = tokens.shape as [number, number];
      const behind = reshape(slice(table, { start: [padding, 0], size: [1, width] }), [1, 1, width]);
      const vectors = reshape(vectorsOf(table, tokens), [N, T, width]);
      const x = concat([vectors, expand(behind, [N, Math.max(...places), width])], 1);
      return concat(
        layers.map(([name, layer]) => layer.apply(child(params, name), x)),
        1,
      );
    },
  };
}

/** A TextCNN; by default Kim's, with vectors that start N(0, 0.25²). */
export const textcnn = (form: StudentForm, sizes = KIM): Student =>
  textStudent("textcnn", body(sizes), { rate: RATE, drops: true }, form);

export const textcnns: StudentFamily = {
  names: "textcnn",
  make: (name, form) => (name === "textcnn" ? textcnn(form) : undefined),
};
