/** @file The encoder of a Transformer, the mean of its states over the words, a linear classifier. */

import { dropout } from "../../nn/dropout.ts";
import { initEmbedding } from "../../nn/embedding.ts";
import { encode, initEncoder } from "../sequences/encoder.ts";
import type { StackSizes } from "../sequences/layers.ts";
import { meanOverPlaces } from "../sequences/transformer.ts";
import type { Student, StudentFamily, StudentForm } from "../student.ts";
import type { Body } from "./classifier.ts";
import { textStudent } from "./classifier.ts";

const SIZES: StackSizes = { width: 100, inner: 200, heads: 4, layers: 2 };
const RATE = 0.1;

const body = (sizes: StackSizes): Body => ({
  width: sizes.width,
  table: (key, { size, padding }) => initEmbedding(key, size, sizes.width, padding),
  init: (key) => ({ encoder: initEncoder(sizes, key) }),
  apply: (params, texts, pass, rate) =>
    meanOverPlaces(
      encode(params, sizes, texts, (x, site) => dropout(x, rate, pass, site)),
      texts.real,
    ),
});

/** By default 2 layers of width 100 with 4 heads. */
export const textTransformer = (form: StudentForm, sizes = SIZES): Student =>
  textStudent("text-transformer", body(sizes), { rate: RATE, drops: false }, form);

export const textTransformers: StudentFamily = {
  names: "text-transformer",
  make: (name, form) => (name === "text-transformer" ? textTransformer(form) : undefined),
};
