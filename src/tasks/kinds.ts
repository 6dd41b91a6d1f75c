/** @file The kinds of task. A new one is a folder of its own and a line here. */

import { ConfigError } from "../errors.ts";
import { makeStudent, named } from "../models/make.ts";
import type { Student, StudentForm } from "../models/student.ts";
import { imageKind } from "./images/kind.ts";
import type { TaskKind } from "./kind.ts";
import { textKind } from "./texts/kind.ts";

const kinds = [imageKind, textKind] as const;

export const taskKinds: readonly TaskKind[] = kinds;

export type DataName = (typeof kinds)[number]["sets"][number];

/** Names of all data sets. */
export const dataNames = kinds.flatMap(({ sets }) => sets) as [DataName, ...DataName[]];

/** The kind of a data set; undefined for what no kind has. */
const found = (data: unknown): TaskKind | undefined => taskKinds.find(({ sets }) => sets.includes(data as string));

/** Defaults that suit a data set, and the student where one is given; none for what no kind has. */
export function defaultsFor(data: unknown, student?: unknown): Readonly<Record<string, unknown>> {
  const named = typeof student === "string" ? { student } : {};
  return found(data)?.defaults?.({ data: data as string, ...named }) ?? {};
}

/** The kind of a data set. @throws ConfigError for a name that no kind has */
export function kindOf(data: string): TaskKind {
  const kind = found(data);
  if (kind) return kind;
  throw new ConfigError(`--data: expected one of ${dataNames.join(", ")}; got "${data}"`);
}

/** The kind whose examples a student reads; that of images for a name that no kind knows. */
export const kindOfStudent = (student: string): TaskKind =>
  taskKinds.find(({ students, madeUp }) => named(student, madeUp.aim.form, students)) ?? imageKind;

/**
 * The student called `name`, for a data set.
 * @throws ConfigError for a name that no family of the set's kind has: it lists those there are, and says what the
 * student of another kind reads
 */
export function studentFor(data: string, name: string, form: StudentForm): Student {
  const kind = kindOf(data);
  const own = kindOfStudent(name);
  const fits = own === kind || !named(name, own.madeUp.aim.form, own.students);
  return makeStudent(
    name,
    form,
    kind.students,
    fits ? "" : `, which reads ${own.name}; --data ${data} has ${kind.name}`,
  );
}
