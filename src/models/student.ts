/**
 * @file The interface of students: networks that return an output and their named internal states, which a
 * teacher may read.
 */

import type { Value } from "../graph/value.ts";
import type { PassContext, Variables } from "../nn/layer.ts";
import type { Spec, Tensor } from "../tensor.ts";
import { sizeOf } from "../tensor.ts";
import type { Arrays, Tree } from "../tree.ts";
import { leaves } from "../tree.ts";

/** Internal states by name. */
export type Internals<T = Value> = Arrays<T> & { readonly I0: T };

/** A student's answer to one batch. */
export interface Answer {
  /** `[N, K]` unnormalised, where one of K classes is predicted; `[N · T, V]`, where T tokens are. */
  readonly output: Value;
  /**
   * `I0` `[N, d]` is the input of the output layer. A network with stages adds the output of its last stage as
   * `I1`, of the one before as `I2`, and so on, `[N, C, H, W]`. Of a network that writes tokens `I0` is the mean over
   * their places, and `I1` `[N, d]` the mean of the encoder's output over the places of the source.
   */
  readonly internals: Internals;
  /** Running statistics after this batch. */
  readonly statistics: Tree<Value>;
}

/** A pair of pure functions. Write one like it and every method works on it. */
export interface Student {
  readonly name: string;
  /** Whether it draws random numbers in training, as dropout does: its training steps then have a key (`PassContext.rng`). */
  readonly random?: boolean;
  /** Initial parameters and running statistics; a pure function of the seed. */
  init(seed: number): Variables;
  /**
   * Adds the network to a graph.
   * @param inputs the batch's arrays by name, without its targets: `images` `[N, C, H, W]`
   */
  apply(params: Tree<Value>, statistics: Tree<Value>, inputs: Arrays<Value>, pass: PassContext): Answer;
}

/** A student that writes sequences of tokens, and can do so token by token. */
export interface Generator extends Student {
  /** What each next token reads of N sources. @param inputs `source` and `sourceReal`, `[N, S]` each */
  encode(params: Tree<Value>, inputs: Arrays<Value>): Tree<Value>;
  /**
   * Arrays that hold what earlier tokens of `rows` sequences left, with room for `places` tokens: `[rows, …]` each, so
   * that sequences are picked by their rows. All 0 before the first token.
   */
  cache(rows: number, places: number): Tree<Spec>;
  /**
   * One token more of each of R = N · beam sequences; those of one source lie one after another.
   * @param source from `encode` @param last `[R]` the tokens before, `</s>` at the beginning @param place `[1]` how many
   * tokens each sequence has, a float
   * @returns ln p of the next token, `[R, V]`, and the cache with the tokens before
   */
  next(
    params: Tree<Value>,
    source: Tree<Value>,
    cache: Tree<Value>,
    last: Value,
    place: Value,
  ): { readonly logProbabilities: Value; readonly cache: Tree<Value> };
}

/** Whether a student writes sequences. */
export const isGenerator = (student: Student): student is Generator => "next" in student;

/** What a task asks of a student. */
export interface StudentForm {
  /** Inputs by name, of a batch of any number of examples: extents behind the first are those of an example. */
  readonly inputs: Arrays<Spec>;
  /** Numbers that it predicts of an example: K classes; of a token, where it predicts tokens: V. */
  readonly outputs: number;
  /** Of tokens: their ids are 0 … size − 1, and one of them fills up the ends of short rows. */
  readonly vocabulary?: { readonly size: number; readonly padding: number };
  /** Share of elements that dropout drops, in [0, 1); absent: as the student has it by itself. */
  readonly dropout?: number;
}

/** A family of students, such as all residual networks of one kind. */
export interface StudentFamily {
  /** Names of its members, for help and errors: `resnet8, resnet14, … (6n + 2)`. */
  readonly names: string;
  /** The member called `name`; undefined when it has none. @throws ConfigError when the form does not suit it */
  make(name: string, form: StudentForm): Student | undefined;
}

/** Number of trained parameters. */
export function parameterCount(params: Tree<Tensor>): number {
  return leaves(params).reduce((total, { shape }) => total + sizeOf(shape), 0);
}
