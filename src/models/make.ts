/** @file Students by name. */

import { ConfigError } from "../errors.ts";
import { resnets } from "./images/resnet.ts";
import { cnns, mlps } from "./images/small.ts";
import { wideResnets } from "./images/wide-resnet.ts";
import type { Student, StudentFamily, StudentForm } from "./student.ts";

/** Every family, in the order in which errors list them. */
export const studentFamilies: readonly StudentFamily[] = [resnets, wideResnets, mlps, cnns];

/** The student called `name`. @throws ConfigError for a name that no family has, listing those there are */
export function makeStudent(name: string, form: StudentForm, families = studentFamilies): Student {
  for (const family of families) {
    const student = family.make(name, form);
    if (student) return student;
  }
  const known = families.map(({ names }) => names).join(", ");
  throw new ConfigError(
    `--student: expected one of ${known}; got "${name.length > 40 ? `${name.slice(0, 40)}…` : name}"`,
  );
}
