/**
 * @file Student, objective, method and settings put together: the bilevel problem of a run, and the arrays that
 * it starts from.
 */

import { ConfigError } from "../../errors.ts";
import type { InnerProblem, OuterProblem } from "../../hyper/problem.ts";
import type { CleanLook } from "../../methods/learning/clean-look.ts";
import type { Design, Method } from "../../methods/method.ts";
import { isCounter } from "../../methods/method.ts";
import type { MethodOptions } from "../../methods/options.ts";
import type { Student } from "../../models/student.ts";
import type { Objective } from "../../objectives/objective.ts";
import { meanOver } from "../../objectives/shares.ts";
import type { Mode } from "../../nn/layer.ts";
import type { Optimizer } from "../../optim/optimizer.ts";
import type { StudentOptimizerOptions } from "../../optim/student-optimizers.ts";
import { studentOptimizer } from "../../optim/student-optimizers.ts";
import type { Aim } from "../../tasks/task.ts";
import { sizeOf } from "../../tensor.ts";
import { entries, leaves } from "../../tree.ts";
import type { Initial } from "./pass.ts";
import { internalsOf, Pass } from "./pass.ts";

export interface ProblemOptions extends MethodOptions, StudentOptimizerOptions {
  readonly metric: string;
  readonly validBn: Mode;
  readonly batch: number;
  readonly seed: number;
  /** Where ω comes from, if from elsewhere, and whether it stays as it is. */
  readonly teacherFrom?: string | undefined;
  readonly freezeTeacher?: boolean | undefined;
}

/** Name under which a clean batch carries running statistics, where batch norm is to use them. */
export const statisticsName = (path: string): string => `statistics.${path}`;

/**
 * The design with its learning removed where it must not happen: everything but counters of this run when the
 * teacher is frozen, rehearsals when it comes from another run.
 */
function learningFor(design: Design, { teacherFrom, freezeTeacher }: ProblemOptions): Design {
  const { learning, ...rest } = design;
  if (freezeTeacher) {
    const { accumulate, ...still } = rest;
    return accumulate && design.about?.signature?.counters ? rest : still;
  }
  return teacherFrom !== undefined && learning?.by === "rehearsals" ? rest : design;
}

/** @throws ConfigError when the steps of a method's window cannot all be gone back through */
export function checkWindow(
  { name, options: read }: Method,
  options: Pick<ProblemOptions, "window" | "teacherEvery" | "reversal" | "optimizer" | "momentum" | "freezeTeacher">,
): void {
  const { window, teacherEvery, reversal, optimizer, momentum, freezeTeacher } = options;
  if (read.includes("window") && read.includes("teacherEvery") && window > teacherEvery) {
    throw new ConfigError(`--window: expected at most --teacher-every = ${teacherEvery} steps, got ${window}`);
  }
  if (read.includes("reversal") && reversal === "float" && !freezeTeacher && optimizer === "adam") {
    throw new ConfigError(
      `--reversal: expected snapshot, since --method ${name} goes back through steps of --optimizer adam, which cannot be undone; got float. Leave the option out`,
    );
  }
  const divides = read.includes("reversal") && reversal === "float" && window > 1 && !freezeTeacher;
  if (divides && momentum === 0) {
    throw new ConfigError(
      `--momentum: expected more than 0, got 0: --method ${name} with --reversal float and --window ${window} undoes steps by dividing by it. Use --reversal snapshot, or --window 1`,
    );
  }
}

/** @throws ConfigError when the objective does not offer what the method needs */
export function checkNeeds(method: Method, { kind, classes }: Objective, options: MethodOptions): void {
  const needs = method.needs?.(options) ?? [];
  const lacking = needs.find(
    (need) => (need === "classes" && !classes) || (need === "classes or tokens" && !classes && kind !== "tokens"),
  );
  if (lacking === undefined) return;
  throw new ConfigError(
    `--method ${method.name}: expected a task that predicts ${lacking}, got one that predicts ${kind}`,
  );
}

/** A run's equations and the arrays that they begin with. */
export class TrainingProblem {
  readonly student: Student;
  readonly objective: Objective;
  readonly design: Design;
  readonly optimizer: Optimizer;
  readonly initial: Initial;
  readonly pass: Pass;
  readonly inner: InnerProblem;
  readonly #method: string;
  readonly #options: ProblemOptions;

  constructor(student: Student, { objective, form, rows }: Aim, method: Method, options: ProblemOptions) {
    checkWindow(method, options);
    checkNeeds(method, objective, options);
    this.student = student;
    this.objective = objective;
    this.#method = method.name;
    this.#options = options;
    const { params: theta, statistics } = student.init(options.seed);
    const internals = internalsOf(student, form, { theta, statistics });
    const { classes } = objective;
    const design = method.design(
      {
        ...(classes ? { classes: classes.length } : {}),
        internals,
        features: objective.features(internals),
        rows: rows ?? options.batch,
      },
      options,
    );
    // Types rule it out; a method written in JavaScript has none.
    const { select, learning }: { select?: unknown; learning?: { by: string } } = design;
    if (select && learning?.by === "learner") {
      throw new ConfigError(`method ${method.name}: expected a selection or a learner in its design, got both`);
    }
    this.design = learningFor(design, options);
    const { optimizer, gradientDecay, isUndone } = studentOptimizer(options);
    this.optimizer = optimizer;
    this.initial = { theta, statistics, omega: this.design.init(options.seed) };
    this.pass = new Pass(student, objective, form, this.design, this.initial);
    const { momentum, interaction } = options;
    this.inner = {
      theta: leaves(theta),
      omega: leaves(this.initial.omega),
      momentum,
      weightDecay: gradientDecay,
      interaction,
      ...(isUndone ? {} : { optimizer }),
      perExample: (t, o, batch, sees) => this.pass.weighed(t, this.pass.unusedStatistics, o, batch, sees),
    };
  }

  /** Method and teacher settings, for messages. */
  get about(): { readonly method: string; readonly options: ProblemOptions } {
    return { method: this.#method, options: this.#options };
  }

  /** Number of parameters of the teacher; 0 if ω holds only counters or per-batch weights. */
  get teacherParameters(): number {
    const { signature } = this.design.about ?? {};
    const own = signature ? entries(this.initial.omega).filter(([name]) => !isCounter(name, signature)) : [];
    return own.reduce((total, [, { shape }]) => total + sizeOf(shape), 0);
  }

  /** Clean batches as methods see them. With `validBn: eval` they carry the running statistics. */
  get clean(): CleanLook {
    const { validBn } = this.#options;
    const names = entries(this.initial.statistics).map(([path]) => statisticsName(path));
    return {
      theta: leaves(this.initial.theta),
      look: (theta, batch) => {
        const statistics = validBn === "eval" ? names.map((name) => batch[name]!) : this.pass.unusedStatistics;
        return this.pass.look(theta, statistics, batch, validBn).view;
      },
    };
  }

  /**
   * The validation metric, on the batches of `clean`.
   * @throws ConfigError when the objective has no metric of this name
   */
  get outer(): OuterProblem {
    const { clean } = this;
    const { metrics } = this.objective;
    const metric = metrics[this.#options.metric];
    if (!metric) {
      const known = Object.keys(metrics).join(", ");
      throw new ConfigError(`--metric: expected one of ${known}, got ${this.#options.metric}`);
    }
    return {
      metric: (theta, batch) => {
        const view = clean.look(theta, batch);
        return meanOver(metric(view), view);
      },
    };
  }
}
