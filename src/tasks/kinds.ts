/** @file The kinds of task. A new one is a folder of its own and a line here. */

import type { Understood } from "../data/own/understood.ts";
import { ConfigError } from "../errors.ts";
import { makeStudent, named } from "../models/make.ts";
import type { Student, StudentForm } from "../models/student.ts";
import { didYouMean } from "../similar.ts";
import { imageKind } from "./images/kind.ts";
import type { DataSettings, TaskKind } from "./kind.ts";
import { textKind } from "./texts/kind.ts";
import { translationKind } from "./translation/kind.ts";
import { vectorKind } from "./vectors/kind.ts";

const kinds = [imageKind, textKind, translationKind, vectorKind] as const;

export const taskKinds: readonly TaskKind[] = kinds;

export type DataName = (typeof kinds)[number]["sets"][number];

/** Names of all data sets. */
export const dataNames = kinds.flatMap(({ sets }) => sets) as [DataName, ...DataName[]];

/** Names of the kinds that can be made of a path. */
export const inputNames = taskKinds.filter(({ reads }) => reads).map(({ name }) => name) as [string, ...string[]];

/** Whether `--data` names a data set. */
export const isSet = (data: unknown): boolean => (dataNames as readonly unknown[]).includes(data);

/** The settings that decide the kind of a task. */
export type Named = Pick<DataSettings, "data" | "inputs">;

/** The kind of a task; undefined for what no kind has. */
const found = ({ data, inputs }: Named): TaskKind | undefined =>
  taskKinds.find(({ name, sets }) => (inputs === undefined ? sets.includes(data) : name === inputs));

/** Defaults that suit the data, and the student where one is given; none for what no kind has. */
export const defaultsFor = (given: Named & { readonly student?: unknown }): Readonly<Record<string, unknown>> => {
  const { data, student } = given;
  return found(given)?.defaults?.({ data, ...(typeof student === "string" ? { student } : {}) }) ?? {};
};

/** The kind of a task. @throws ConfigError for a name that no kind has, and for a name that is said to be a path */
export function kindOf(named: Named): TaskKind {
  const { data, inputs } = named;
  if (isSet(data) && inputs !== undefined)
    throw new ConfigError(`--inputs: expected it with a path to data of your own, got it with --data ${data}`);
  const kind = found(named);
  if (kind) return kind;
  throw new ConfigError(
    `--data: expected a path, or one of ${dataNames.join(", ")}; got "${data}".${didYouMean(data, dataNames)}`,
  );
}

/** The kind that what lies at a path is of. @throws ConfigError where there is none */
export function kindReading({ content, where }: Understood): TaskKind {
  const kind = taskKinds.find(({ reads }) => reads?.(content));
  if (!kind) throw new ConfigError(`--data: no student reads what lies in ${where}`);
  return kind;
}

/** The kind whose examples a student reads; that of images for a name that no kind knows. */
export const kindOfStudent = (student: string): TaskKind =>
  taskKinds.find(({ students, madeUp }) => named(student, madeUp.aim.form, students)) ?? imageKind;

/**
 * The student called `name`, for a data set.
 * @throws ConfigError for a name that no family of the set's kind has: it lists those there are, and says what the
 * student of another kind reads
 */
export function studentFor(data: Named, name: string, form: StudentForm): Student {
  const kind = kindOf(data);
  const own = kindOfStudent(name);
  const fits = own === kind || !named(name, own.madeUp.aim.form, own.students);
  return makeStudent(
    name,
    form,
    kind.students,
    fits ? "" : `, which reads ${own.name}; --data ${data.data} has ${kind.name}`,
  );
}
