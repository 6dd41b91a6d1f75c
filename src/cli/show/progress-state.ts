/** @file State of the progress line, folded from the events of a run. Pure. */

import type { RehearsalEvent, StartEvent, StepEvent, TeacherEvent, TrainEvent } from "../../train/events.ts";

export interface Progress {
  readonly start: StartEvent | null;
  /** Last event of the current rehearsal; null once the real student trains. */
  readonly rehearsal: RehearsalEvent | null;
  readonly last: StepEvent | null;
  readonly teacher: TeacherEvent | null;
  readonly validError: number | null;
  /** Images per second since the first step seen, teacher updates and evaluations included */
  readonly imagesPerSecond: number | null;
  /** Seconds to the end at this pace */
  readonly eta: number | null;
  /** Time of the first step seen, in seconds, and the number of steps by then, rehearsals included */
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
 * Progress after an event.
 * @param time time of the event, in seconds on any steady clock
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
    case "warning":
    case "checkpoint":
    case "done":
      return progress;
  }
}

/** Total steps of all rehearsals. */
const stepsBefore = (start: StartEvent | null): number =>
  start?.rehearsals ? start.rehearsals.count * start.rehearsals.steps : 0;

/** Steps done in all rehearsals so far. */
export const rehearsedSteps = (start: StartEvent | null, { rehearsal, step }: RehearsalEvent): number =>
  (rehearsal - 1) * (start?.rehearsals?.steps ?? 0) + step;

/** Progress with its pace. @param steps steps done so far, rehearsals included */
function paced(progress: Progress, steps: number, time: number): Progress {
  const { since, start } = progress;
  // The pace is measured from the end of the first step, since some engines compile in it.
  if (since === null)
    return { ...progress, since: { time, step: steps }, imagesPerSecond: progress.last?.imagesPerSecond ?? null };
  const secondsPerStep = (time - since.time) / (steps - since.step);
  return {
    ...progress,
    imagesPerSecond: start ? start.config.batch / secondsPerStep : (progress.last?.imagesPerSecond ?? null),
    eta: start ? (stepsBefore(start) + start.steps.total - steps) * secondsPerStep : null,
  };
}
