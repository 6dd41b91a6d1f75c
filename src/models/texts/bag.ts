/** @file The mean of a text's word vectors, and a linear classifier. */

import { initWords, vectorsOf } from "./words.ts";
import { meanOverPlaces } from "../sequences/transformer.ts";
import type { Student, StudentFamily, StudentForm } from "../student.ts";
import type { Body } from "./classifier.ts";
import { textStudent } from "./classifier.ts";

const WIDTH = 100;
const RATE = 0.5;

const body = (width: number): Body => ({
  width,
  table: (key, vocabulary) => initWords(key, vocabulary, width, 0.1),
  init: () => ({}),
  apply: (_params, { table, tokens, real }) => meanOverPlaces(vectorsOf(table, tokens), real),
});

/** @param width numbers of a word's vector, which starts N(0, 0.1²) */
export const bag = (form: StudentForm, width = WIDTH): Student =>
  textStudent("bag", body(width), { rate: RATE, drops: true }, form);

export const bags: StudentFamily = { names: "bag", make: (name, form) => (name === "bag" ? bag(form) : undefined) };
