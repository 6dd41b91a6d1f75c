/**
 * @file `reweight/methods`: what a method is written against. Its interface, its settings, the views that it
 * weighs, and the parts from which methods that learn are made. examples/03-your-own-method.ts uses it.
 */

// Methods
export { choice, count, flag, rate, share, text } from "../fields.ts";
export { methods } from "../methods/methods.ts";
export { methodOf } from "./named.ts";
export type { CleanLook } from "../methods/learning/clean-look.ts";
export type { Learner, Timing, Update, Window as LearnerWindow } from "../methods/learning/learner.ts";
export type { RehearsalPlan, Rehearser } from "../methods/learning/rehearsal.ts";
export { sweepLearner } from "../methods/learning/sweep-learner.ts";
export { TeacherStep } from "../methods/learning/teacher-step.ts";
export { defineMethod } from "../methods/method.ts";
export type { About, Design, LearnerParts, Method, Need, Selection, TeacherSignature } from "../methods/method.ts";
export { ownFields } from "../methods/options.ts";
export type { MethodOptions, OptionsWith, OwnFields } from "../methods/options.ts";
export { makeTeacher } from "../methods/teacher/teacher.ts";
export type { Teacher } from "../methods/teacher/teacher.ts";

// Objectives
export { classObjective } from "../objectives/classes.ts";
export type { Feature, PairFeature, VectorFeature } from "../objectives/features.ts";
export type { Evaluation, Evaluator, Judgement, Objective, Score } from "../objectives/objective.ts";
export { meanOver, normalised, overTotal, shares, timesShares } from "../objectives/shares.ts";
export type { TaskSpec } from "../objectives/task-spec.ts";
export { classesOf } from "../objectives/view.ts";
export type { Moment, TrainingView, View } from "../objectives/view.ts";

// Hypergradients
export { adam, decoupledAdam } from "../optim/adam.ts";
export { momentumSgd } from "../optim/momentum.ts";
export type { Optimizer, OptimizerState, OptimizerStep } from "../optim/optimizer.ts";
export { nesterov, sgd } from "../optim/teacher-optimizers.ts";
export type { Examples, InnerProblem, Interaction, OuterProblem } from "../hyper/problem.ts";
export { studentGradient, weightedLoss } from "../hyper/problem.ts";
export { Sweep } from "../hyper/sweep.ts";
export type { Reversal, StepRecord, SweepInput, SweepResult } from "../hyper/sweep.ts";
