/** @file Schedules of the student's learning rate. */

export const SCHEDULES = ["steps", "constant", "inverse-sqrt"] as const;

/** Learning rate of a step, by the step's number and its epoch, both counted from 0. */
export type Schedule = (at: { readonly step: number; readonly epoch: number }) => number;

export interface ScheduleOptions {
  readonly schedule: (typeof SCHEDULES)[number];
  /** Its largest rate. */
  readonly lr: number;
  /** Steps of the linear rise from 0; of `inverse-sqrt` 4000 by default, of the others none. */
  readonly warmup?: number | undefined;
  /** Epochs after which `steps` divides by 10; by default 2/3 and 5/6 of all. */
  readonly milestones?: readonly number[] | undefined;
  readonly epochs: number;
}

/** Share of the largest rate at update t, from 1: t / W up to W, then √(W / t). */
export const inverseSqrt = (t: number, warmup: number): number => (t < warmup ? t / warmup : Math.sqrt(warmup / t));

/** η at milestones divided by 10. */
function stepDecay({ lr, milestones, epochs }: ScheduleOptions): Schedule {
  const at = milestones ?? [Math.max(1, Math.round((epochs * 2) / 3)), Math.max(1, Math.round((epochs * 5) / 6))];
  return ({ epoch }) => lr / 10 ** at.filter((milestone) => epoch >= milestone).length;
}

/** The learning rate by the settings. The first of W steps of a rise has the rate η / W. */
export function scheduleOf(options: ScheduleOptions): Schedule {
  const { schedule, lr, warmup } = options;
  if (schedule === "inverse-sqrt") return ({ step }) => lr * inverseSqrt(step + 1, warmup ?? 4000);
  const base = schedule === "steps" ? stepDecay(options) : () => lr;
  if (warmup === undefined) return base;
  return (at) => base(at) * Math.min(1, (at.step + 1) / warmup);
}
