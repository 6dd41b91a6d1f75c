/** @file The one input of students that take an example as a row of numbers, whatever its shape. */

import { ConfigError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import { reshape } from "../ops/movement.ts";
import { sizeOf } from "../tensor.ts";
import type { Arrays } from "../tree.ts";
import type { StudentForm } from "./student.ts";

/** Names of inputs that are numbers. */
const NUMBERS = ["images", "vectors"];

/** Numbers of an example. @throws ConfigError naming the student, when the task has inputs of another kind */
export function flatWidth(student: string, { inputs }: StudentForm): number {
  const name = NUMBERS.find((one) => inputs[one]);
  if (name) return sizeOf(inputs[name]!.shape.slice(1));
  const got = Object.entries(inputs).map(([input, { shape }]) => `${input} [${shape.join(", ")}]`);
  throw new ConfigError(`--student ${student}: expected inputs ${NUMBERS.join(" or ")}, got ${got.join(", ")}`);
}

/** `[N, width]` */
export function flattened(inputs: Arrays<Value>): Value {
  const x = inputs[NUMBERS.find((one) => inputs[one])!]!;
  return x.shape.length === 2 ? x : reshape(x, [x.shape[0]!, sizeOf(x.shape.slice(1))]);
}
