/** @file Students by name. */

import { ConfigError } from "../errors.ts";
import { resnets } from "./images/resnet.ts";
import { cnns, mlps } from "./images/small.ts";
import { wideResnets } from "./images/wide-resnet.ts";
import { transformers } from "./sequences/transformer.ts";
import { linears } from "./linear.ts";
import type { Student, StudentFamily, StudentForm } from "./student.ts";
import { bags } from "./texts/bag.ts";
import { textTransformers } from "./texts/text-transformer.ts";
import { textcnns } from "./texts/textcnn.ts";

/** Families that read images, in the order in which errors list them. */
export const imageStudents: readonly StudentFamily[] = [resnets, wideResnets, mlps, cnns];

/** Families that read texts. */
export const textStudents: readonly StudentFamily[] = [bags, textcnns, textTransformers];

/** Families that translate. */
export const translationStudents: readonly StudentFamily[] = [transformers];

/** Families that read rows of numbers. */
export const vectorStudents: readonly StudentFamily[] = [mlps, linears];

/** Every family. */
export const studentFamilies: readonly StudentFamily[] = [
  ...imageStudents,
  ...textStudents,
  ...translationStudents,
  linears,
];

/** The student called `name`; undefined when no family has it. @throws ConfigError when the form does not suit it */
export function named(name: string, form: StudentForm, families: readonly StudentFamily[]): Student | undefined {
  for (const family of families) {
    const student = family.make(name, form);
    if (student) return student;
  }
  return undefined;
}

/**
 * The student called `name`.
 * @param why follows the name in the error
 * @throws ConfigError for a name that no family has, listing those there are
 */
export function makeStudent(name: string, form: StudentForm, families = studentFamilies, why = ""): Student {
  const student = named(name, form, families);
  if (student) return student;
  const known = families.map(({ names }) => names).join(", ");
  throw new ConfigError(
    `--student: expected one of ${known}; got "${name.length > 40 ? `${name.slice(0, 40)}…` : name}"${why}`,
  );
}
