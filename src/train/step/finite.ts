/**
 * @file Checks that training is still made of finite numbers. A step or an update that is not ends the run before it
 * changes any array, and the message names the part that failed first.
 */

import { DivergedError } from "../../errors.ts";
import type { Update } from "../../methods/learning/learner.ts";
import type { Tensor } from "../../tensor.ts";
import type { ProblemOptions } from "./problem.ts";

interface About {
  readonly method: string;
  readonly options: Pick<ProblemOptions, "teacherLr">;
}

/** The first number that is not finite; undefined if all are. */
export function notFinite(numbers: Tensor["data"]): number | undefined {
  for (const x of numbers) if (!Number.isFinite(x)) return x;
  return undefined;
}

/**
 * Checks a student step. Weights come first: where they are not finite, neither is the weighted loss.
 * @throws DivergedError
 */
export function checkStep(
  { loss, losses, weights }: { readonly loss: number; readonly losses: Float32Array; readonly weights: Float32Array },
  { method, rate }: Pick<About, "method"> & { readonly rate: number },
): void {
  const odd = notFinite(losses);
  if (odd === undefined && Number.isFinite(loss)) return;
  const oddWeight = notFinite(weights);
  if (oddWeight !== undefined && odd === undefined) {
    throw new DivergedError(
      `training: expected finite weights from method ${method}, got ${oddWeight}, while the student's losses are finite. ` +
        "Lower --teacher-lr, or resume from the last checkpoint with another method",
    );
  }
  throw new DivergedError(
    `training: expected a finite loss, got ${odd ?? loss}. Lower --lr (now ${rate}), or raise --batch`,
  );
}

/**
 * Checks the loss of an evaluation, before it can be called the best.
 * @throws DivergedError
 */
export function checkScore(part: "valid" | "test", loss: number, rate: number): void {
  if (Number.isFinite(loss)) return;
  const examples = part === "valid" ? "validation" : part;
  throw new DivergedError(
    `evaluation: expected a finite loss on ${examples} examples, got ${loss}. The student has diverged: lower --lr (now ${rate})`,
  );
}

/**
 * Checks a teacher update before its arrays are used.
 * @throws DivergedError
 */
export async function checkUpdate({ metric, gradientNorm, omega }: Update, about: About): Promise<void> {
  const fail = (what: string, got: number, remedy: string): never => {
    throw new DivergedError(`teacher of ${about.method}: expected a finite ${what}, got ${got}. ${remedy}`);
  };
  if (!Number.isFinite(metric)) {
    fail("validation metric", metric, "The student has diverged on clean examples: lower --lr");
  }
  if (!Number.isFinite(gradientNorm)) {
    fail("gradient", gradientNorm, "Use --reversal snapshot, a smaller --window, or a smaller --lr");
  }
  checkTeacher(await Promise.all(omega.map((array) => array.read())), about);
}

/**
 * Checks a teacher that has just learnt.
 * @throws DivergedError
 */
export function checkTeacher(omega: readonly Tensor[], { method, options: { teacherLr } }: About): void {
  const odd = omega.map(({ data }) => notFinite(data)).find((x) => x !== undefined);
  if (odd === undefined) return;
  throw new DivergedError(
    `teacher of ${method}: expected finite parameters after its update, got ${odd}. Lower --teacher-lr (now ${teacherLr})`,
  );
}
