/** @file What the progress line knows, folded from the events of a run. Pure. */

import type { StartEvent, StepEvent, TeacherEvent, TrainEvent } from "../train/events.ts";

export interface Progress {
  readonly start: StartEvent | null;
  readonly last: StepEvent | null;
  readonly teacher: TeacherEvent | null;
  readonly validError: number | null;
  /** Images a second, teacher updates and evaluations included, since the first step seen */
  readonly imagesPerSecond: number | null;
  /** Seconds to the end at that pace */
  readonly eta: number | null;
  /** When the first step was seen (seconds), and which it was */
  readonly since: { readonly time: number; readonly step: number } | null;
}

export const noProgress: Progress = {
  start: null,
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
      return step(progress, event, time);
    case "teacher":
      return { ...progress, teacher: event };
    case "eval":
      return { ...progress, validError: event.validError };
    case "weights":
    case "checkpoint":
    case "done":
      return progress;
  }
}

function step(progress: Progress, event: StepEvent, time: number): Progress {
  // The first step contains compilation in some engines: the pace is measured from its end.
  if (progress.since === null)
    return { ...progress, last: event, since: { time, step: event.step }, imagesPerSecond: event.imagesPerSecond };
  const secondsPerStep = (time - progress.since.time) / (event.step - progress.since.step);
  const { start } = progress;
  return {
    ...progress,
    last: event,
    imagesPerSecond: start ? start.config.batch / secondsPerStep : event.imagesPerSecond,
    eta: start ? (start.steps.total - event.step) * secondsPerStep : null,
  };
}
