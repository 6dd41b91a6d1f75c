/** @file Student, method and settings put together: the bilevel problem that a run is about, and the arrays that it starts from. */

import { ConfigError } from "../../errors.ts";
import type { InnerProblem, OuterProblem } from "../../hyper/problem.ts";
import type { Design, Method } from "../../methods/method.ts";
import type { MethodOptions } from "../../methods/options.ts";
import type { CleanLook } from "../../objectives/view.ts";
import type { Student, StudentTask } from "../../models/student.ts";
import type { Mode } from "../../nn/layer.ts";
import { pick, softmax } from "../../ops/compose.ts";
import { neg } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/movement.ts";
import { mean } from "../../ops/reduce.ts";
import type { Spec } from "../../tensor.ts";
import { float, int, sizeOf } from "../../tensor.ts";
import { entries, leaves } from "../../tree.ts";
import type { Initial } from "./pass.ts";
import { Pass, statesOf } from "./pass.ts";
import { isCounter } from "../checkpoint/teacher-file.ts";

export interface ProblemOptions extends MethodOptions {
  readonly momentum: number;
  readonly weightDecay: number;
  readonly metric: "loglik" | "accuracy";
  readonly validBn: Mode;
  readonly batch: number;
  readonly validBatch: number;
  readonly seed: number;
  /** Where ω comes from, if from elsewhere, and whether it stays as it is. */
  readonly teacherFrom?: string | undefined;
  readonly freezeTeacher?: boolean | undefined;
}

/**
 * A design without what there is no learning for: all of it when ω is to stay, but for members that keep count of this run; rehearsals that
 * would make anew what comes from elsewhere.
 */
function learningFor(design: Design, { teacherFrom, freezeTeacher }: ProblemOptions): Design {
  const { learner, rehearsals, ...rest } = design;
  if (freezeTeacher) {
    const { follow, ...still } = rest;
    return follow && design.form?.counters ? rest : still;
  }
  return teacherFrom !== undefined && rehearsals ? { ...rest, ...(learner ? { learner } : {}) } : design;
}

/** What a run is about, as equations and the arrays that they begin with. */
export class TrainingProblem {
  readonly student: Student;
  readonly task: StudentTask;
  readonly design: Design;
  readonly initial: Initial;
  readonly pass: Pass;
  readonly #options: ProblemOptions;

  constructor(student: Student, task: StudentTask, method: Method, options: ProblemOptions) {
    const looksBack = method.options.includes("window") && method.options.includes("teacherEvery");
    if (looksBack && options.window > options.teacherEvery) {
      throw new ConfigError(
        `--window: expected at most --teacher-every = ${options.teacherEvery} steps, got ${options.window}`,
      );
    }
    this.student = student;
    this.task = task;
    this.#options = options;
    const { params: theta, state } = student.init(options.seed);
    const states = statesOf(student, task, { theta, state });
    const design = method.design({ classes: task.classes, states, batch: options.batch }, options);
    this.design = learningFor(design, options);
    this.initial = { theta, state, omega: this.design.init(options.seed) };
    this.pass = new Pass(student, this.design, this.initial);
    if (this.design.learner && (this.design.select ?? this.design.rehearsals)) {
      throw new RangeError(`method ${method.name}: expected a learner, or a selection and rehearsals, got both`);
    }
  }

  /** How many numbers the teacher has; none where ω is no teacher, but keeps count or belongs to one batch. */
  get teacherParameters(): number {
    const { form } = this.design;
    const own = form ? entries(this.initial.omega).filter(([name]) => !isCounter(name, form)) : [];
    return own.reduce((total, [, { shape }]) => total + sizeOf(shape), 0);
  }

  /** The inner problem for a batch size, as the hypergradient sees it. Its batch is x, y and the context. */
  inner(batchSize: number): InnerProblem {
    const { momentum, weightDecay, interaction } = this.#options;
    const { theta, omega } = this.initial;
    const { unusedState } = this.pass;
    return {
      theta: leaves(theta),
      omega: leaves(omega),
      batch: [...this.batchSpecs(batchSize), float([3])],
      momentum,
      weightDecay,
      interaction,
      examples: (t, o, batch, sees) => this.pass.weighed(t, unusedState, o, batch, sees),
    };
  }

  /** Clean batches as methods see them: x, y, followed by the running statistics when batch norm is to use them. */
  clean(): CleanLook {
    const { validBn, validBatch } = this.#options;
    return {
      theta: leaves(this.initial.theta),
      batch: [...this.batchSpecs(validBatch), ...(validBn === "eval" ? leaves(this.initial.state) : [])],
      look: (theta, [x, y, ...running]) => {
        const statistics = validBn === "eval" ? running : this.pass.unusedState;
        return this.pass.look(theta, statistics, [x!, y!], validBn).view;
      },
    };
  }

  /** The validation metric, on the batches of `clean`. */
  outer(): OuterProblem {
    const clean = this.clean();
    return {
      batch: clean.batch,
      metric: (theta, batch) => {
        const { logits, labels, losses } = clean.look(theta, batch);
        const perExample = this.#options.metric === "loglik" ? neg(losses) : pick(softmax(logits, 1), labels);
        return reshape(mean(perExample, [0]), []);
      },
    };
  }

  /** x and y. */
  batchSpecs(batchSize: number): Spec[] {
    return [float([batchSize, ...this.task.shape]), int([batchSize])];
  }
}
