/** @file What students of texts have in common: vectors of words, a body that makes I0 of them, a linear classifier. */

import type { Value } from "../../graph/value.ts";
import type { Key } from "../../initial.ts";
import { dropout } from "../../nn/dropout.ts";
import type { PassContext } from "../../nn/layer.ts";
import { childKey, rootKey } from "../../nn/layer.ts";
import { affine, linear } from "../../nn/linear.ts";
import { ConfigError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { child, leaf } from "../../tree.ts";
import { tokenForm } from "../sequences/inputs.ts";
import type { Student, StudentForm } from "../student.ts";

/** A batch of texts: `tokens` `[N, T]`, and `real` `[N, T]`, 1 where there is a word, else 0. */
export interface Texts {
  readonly tokens: Value;
  readonly real: Value;
}

/** The part between the words and the classifier. */
export interface Body {
  /** Numbers that it makes of a text. */
  readonly width: number;
  /** Vectors of the words, `[V, d]`; that of padding is 0. */
  table(key: Key, vocabulary: { readonly size: number; readonly padding: number }): Tensor;
  /** Its other parameters. */
  init(key: Key): Tree<Tensor>;
  /** I0 `[N, width]`. @param padding the id of padding @param rate share of elements that dropout drops */
  apply(
    params: Tree<Value>,
    texts: Texts & { readonly table: Value; readonly padding: number },
    pass: PassContext,
    rate: number,
  ): Value;
}

/**
 * A student of texts. The classifier reads I0; teachers see I0 before its dropout.
 * @param rate of dropout, where the form does not say
 * @throws ConfigError naming the student, for a task of other inputs
 */
export function textStudent(name: string, body: Body, { rate: usual, drops }: Rates, form: StudentForm): Student {
  const { outputs, vocabulary, dropout: rate = usual } = tokenForm(name, form, ["tokens", "real"]);
  if (!vocabulary) throw new ConfigError(`--student ${name}: expected a task of texts, got one without a vocabulary`);
  const classifier = linear(body.width, outputs);
  return {
    name,
    random: rate > 0,
    init(seed) {
      const key = rootKey(seed);
      const params = {
        embedding: body.table(childKey(key, "embedding"), vocabulary),
        body: body.init(childKey(key, "body")),
        classifier: classifier.init(childKey(key, "classifier")).params,
      };
      return { params, statistics: {} };
    },
    apply(params, statistics, inputs, pass) {
      const texts = inputs as unknown as Texts; // both are there, checked above
      const words = { ...texts, table: leaf(params, "embedding"), padding: vocabulary.padding };
      const I0 = body.apply(child(params, "body"), words, pass, rate);
      const seen = drops ? dropout(I0, rate, pass, "I0") : I0;
      return { output: affine(child(params, "classifier"), seen), internals: { I0 }, statistics };
    },
  };
}

interface Rates {
  readonly rate: number;
  /** Whether I0 has dropout. */
  readonly drops: boolean;
}
