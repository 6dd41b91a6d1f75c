/** @file What the progress line knows, folded from the events of a run. Pure. */

import type { RehearsalEvent, StartEvent, StepEvent, TeacherEvent, TrainEvent } from "../../train/events.ts";

export interface Progress {
  readonly start: StartEvent | null;
  /** Of the rehearsal that is under way; null once the real student trains. */
  readonly rehearsal: RehearsalEvent | null;
  readonly last: StepEvent | null;
  readonly teacher: TeacherEvent | null;
  readonly validError: number | null;
  /** Images a second, teacher updates and evaluations included, since the first step seen */
  readonly imagesPerSecond: number | null;
  /** Seconds to the end at that pace */
  readonly eta: number | null;
  /** When the first step was seen (seconds), and how many came before it, those of rehearsals counted too */
  readonly since: { readonly time: number; readonly step: number } | null;
}

export const noProgress: Progress = {
  start: null,
  rehearsal: null,
  last: null,
  teacher: null,
  validError: null,
  imagesPerSecond: null,
  eta: null,
  since: null,
};

/**
 * Takes an event in.
 * @param time seconds on any steady clock, when the event came
 */
export function advance(progress: Progress, event: TrainEvent, time: number): Progress {
  switch (event.type) {
    case "start":
      return { ...noProgress, start: event };
    case "step":
      return paced({ ...progress, rehearsal: null, last: event }, stepsBefore(progress.start) + event.step, time);
    case "rehearsal":
      return paced({ ...progress, rehearsal: event }, rehearsedSteps(progress.start, event), time);
    case "teacher":
      return { ...progress, teacher: event };
    case "eval":
      return { ...progress, validError: event.validError };
    case "rehearsed":
    case "weights":
    case "checkpoint":
    case "done":
      return progress;
  }
}

/** Steps of all rehearsals. */
const stepsBefore = (start: StartEvent | null): number =>
  start?.rehearsals ? start.rehearsals.count * start.rehearsals.steps : 0;

/** Steps done, over all rehearsals so far. */
export const rehearsedSteps = (start: StartEvent | null, { rehearsal, step }: RehearsalEvent): number =>
  (rehearsal - 1) * (start?.rehearsals?.steps ?? 0) + step;

/** @param steps done so far, those of rehearsals counted too */
function paced(progress: Progress, steps: number, time: number): Progress {
  const { since, start } = progress;
  // The first step contains compilation in some engines: the pace is measured from its end.
  if (since === null)
    return { ...progress, since: { time, step: steps }, imagesPerSecond: progress.last?.imagesPerSecond ?? null };
  const secondsPerStep = (time - since.time) / (steps - since.step);
  return {
    ...progress,
    imagesPerSecond: start ? start.config.batch / secondsPerStep : (progress.last?.imagesPerSecond ?? null),
    eta: start ? (stepsBefore(start) + start.steps.total - steps) * secondsPerStep : null,
  };
}
