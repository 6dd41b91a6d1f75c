/** @file The input of image students: one array, `images` `[N, C, H, W]`. */

import { ConfigError } from "../../errors.ts";
import type { Value } from "../../graph/value.ts";
import type { Arrays } from "../../tree.ts";
import type { StudentForm } from "../student.ts";

/** Extents of one image. @throws ConfigError naming the student, when the task has inputs of another kind */
export function imageShape(
  student: string,
  { inputs }: StudentForm,
): [channels: number, height: number, width: number] {
  const shape = inputs["images"]?.shape.slice(1);
  if (shape?.length !== 3) {
    const got = Object.entries(inputs).map(([name, spec]) => `${name} [${spec.shape.join(", ")}]`);
    throw new ConfigError(`--student ${student}: expected inputs "images" [N, C, H, W], got ${got.join(", ")}`);
  }
  return shape as [number, number, number]; // three numbers, checked above
}

/** `[N, C, H, W]` */
export const imagesOf = (inputs: Arrays<Value>): Value => inputs["images"]!;
