/** @file Teacher transfer: starts ω from the teacher of another run, after checking that the two are compatible. */

import { CheckpointError, ConfigError } from "../../errors.ts";
import type { TeacherSignature } from "../../methods/method.ts";
import { isCounter } from "../../methods/method.ts";
import type { Tensor } from "../../tensor.ts";
import { sameShape } from "../../tensor.ts";
import type { Tree } from "../../tree.ts";
import { entries, unflatten } from "../../tree.ts";
import type { TrainConfig } from "../config.ts";
import { refuseOutside } from "./finite.ts";
import type { SavedTeacher } from "./teacher-file.ts";
import { loadTeacher } from "./teacher-file.ts";
import type { Trainer } from "../step/trainer.ts";

/** Teacher to start from, if the settings name one. @throws ConfigError, CheckpointError if it cannot be read */
export const teacherOf = ({ teacherFrom }: Pick<TrainConfig, "teacherFrom">): SavedTeacher | undefined =>
  teacherFrom === undefined ? undefined : loadTeacher(teacherFrom);

/** Origin of a run's ω: `teacherFrom` in run.json. */
export interface TeacherOrigin {
  readonly path: string;
  /** Hash of the arrays and their names, hex. */
  readonly sha256: string;
  readonly student: string;
  readonly data: string;
  /** Student steps before this state of ω. */
  readonly step: number;
}

export const originOf = ({ path, sha256, about: { student, data, step } }: SavedTeacher): TeacherOrigin => ({
  path,
  sha256,
  student,
  data,
  step,
});

/**
 * Replaces ω by a saved teacher. Running statistics in ω keep their initial values.
 * @param classes names of this run's classes
 * @throws ConfigError if the method, its settings, the classes or the student's states differ from those of the teacher
 */
export function adoptTeacher(
  trainer: Trainer,
  teacher: SavedTeacher,
  { method, student }: Pick<TrainConfig, "method" | "student">,
  classes: readonly string[],
): void {
  const { signature } = trainer.problem.design.about ?? {};
  if (!signature)
    throw new ConfigError(`--teacher-from: --method ${method} has no teacher that could start from another`);
  refuseOther(teacher, signature, method, classes);
  trainer.writeOmega(omegaFrom(teacher, trainer.problem.initial.omega, signature, student));
}

function refuseOther(
  { path, about }: SavedTeacher,
  signature: TeacherSignature,
  method: string,
  classes: readonly string[],
): void {
  if (about.method !== method) {
    throw new ConfigError(
      `--teacher-from: ${path} is a teacher of --method ${about.method}, got --method ${method}. Both runs need the same`,
    );
  }
  for (const [key, value] of Object.entries(signature.options)) {
    const theirs = about.options[key];
    if (JSON.stringify(value) === JSON.stringify(theirs)) continue;
    throw new ConfigError(
      `--teacher-from: ${path} was trained with ${key} ${String(theirs)}, got ${String(value)}. Both runs need the same`,
    );
  }
  if (signature.perClass && JSON.stringify(classes) !== JSON.stringify(about.classes)) {
    throw new ConfigError(
      `--teacher-from: ${path} has numbers for each class of ${about.data} (${listed(about.classes)}), got other classes ` +
        `(${listed(classes)}). Train on the same classes, or take a teacher that knows none, such as mwnet's`,
    );
  }
}

/** The first few names, for an error message. */
const listed = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 3).join(", ")}, … ${names.length} in all` : names.join(", ");

function omegaFrom(
  { path, arrays, about }: SavedTeacher,
  like: Tree<Tensor>,
  signature: TeacherSignature,
  student: string,
): Tree<Tensor> {
  const own = entries(like);
  const wanted = own.filter(([name]) => !isCounter(name, signature));
  const odd = [...arrays.keys()].find((name) => !wanted.some(([known]) => known === name));
  if (odd !== undefined)
    throw new CheckpointError(`${path}: expected no array ${odd} in a teacher of this form, got one`);
  for (const [name, { shape }] of wanted) {
    const saved = arrays.get(name);
    if (saved && sameShape(saved.shape, shape)) {
      refuseOutside("teacher", path, name, saved);
      continue;
    }
    const got = saved ? `[${saved.shape.join(",")}]` : "nothing";
    throw new ConfigError(
      `--teacher-from: expected ${name} of shape [${shape.join(",")}] for --student ${student}, got ${got} from ${path}, whose student was ` +
        `${about.student}. Take a student whose states are as large`,
    );
  }
  return unflatten(
    like,
    own.map(([name, initial]) => arrays.get(name) ?? initial),
  );
}
