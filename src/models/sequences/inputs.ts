/** @file The inputs of students that read tokens. */

import { ConfigError } from "../../errors.ts";
import type { StudentForm } from "../student.ts";

/** The form, when it has these inputs, `[N, places]` each. @throws ConfigError naming the student, when it has not */
export function tokenForm(student: string, form: StudentForm, names: readonly string[]): StudentForm {
  const suits = names.every((name) => form.inputs[name]?.shape.length === 2);
  if (!suits) {
    const got = Object.entries(form.inputs).map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
    throw new ConfigError(
      `--student ${student}: expected inputs ${names.join(", ")} [N, places] each, got ${got.join(", ")}`,
    );
  }
  return form;
}
