/** @file Live display of a sweep: on a terminal a line for each active run, in a log periodic lines. */

import type { TrainEvent } from "../../train/events.ts";
import { bar, duration, fit, percent, thousands } from "../../format.ts";
import type { Io } from "../io.ts";
import { liveLines } from "./live-lines.ts";
import type { Progress } from "./progress-state.ts";
import { advance, noProgress } from "./progress-state.ts";
import { rehearsalPlace, rehearsedShare } from "./progress-text.ts";

export interface SweepDisplay {
  started(name: string): void;
  event(name: string, event: TrainEvent): void;
  /** @param outcome one permanent line */
  ended(name: string, outcome: string): void;
  /** Clears the live lines. Call it at the end, also after an error. */
  close(): void;
}

/** Line for an active run. */
export function jobText(name: string, progress: Progress, columns: number): string {
  const { start, last, rehearsal, eta, validError } = progress;
  if (start && rehearsal) {
    const share = rehearsedShare(start, rehearsal);
    const time = eta === null ? "" : `ETA ${duration(eta)}`;
    return fit(
      [name, `${bar(share, 10)} ${Math.floor(share * 100)} %`, time, ...rehearsalPlace(start, rehearsal)],
      columns,
    );
  }
  if (!start || !last) return fit([name, "preparing…"], columns);
  const share = last.step / start.steps.total;
  return fit(
    [
      name,
      `${bar(share, 10)} ${Math.floor(share * 100)} %`,
      eta === null ? "" : `ETA ${duration(eta)}`,
      `step ${thousands(last.step)}/${thousands(start.steps.total)}`,
      validError === null ? "" : `valid error ${percent(validError, 1)}`,
    ],
    columns,
  );
}

const seconds = (): number => performance.now() / 1000;

/** Seconds between two updates on a terminal, and between two lines of a run in a log. */
const DRAW_EVERY = 0.1;
const LOG_EVERY = 60;

/** @param total number of runs to train in this session */
export function sweepDisplay(io: Io, total: number): SweepDisplay {
  const jobs = new Map<string, Progress>();
  let ended = 0;
  let shown = seconds();
  const text = (): string => {
    const lines = [...jobs].map(([name, progress]) => jobText(name, progress, io.columns));
    return [`${ended} of ${total} runs ended`, ...lines].join("\n");
  };
  const live = io.terminal && liveLines(io.terminal, text);
  return {
    started(name) {
      jobs.set(name, noProgress);
      if (live) live.draw();
      else io.out(`${name}: begins`);
    },
    event(name, event) {
      jobs.set(name, advance(jobs.get(name) ?? noProgress, event, seconds()));
      if (seconds() - shown < (live ? DRAW_EVERY : LOG_EVERY)) return;
      if (live) live.draw();
      else for (const [job, progress] of jobs) io.out(jobText(job, progress, Infinity));
      shown = seconds();
    },
    ended(name, outcome) {
      jobs.delete(name);
      ended++;
      const line = `[${ended}/${total}] ${name}: ${outcome}`;
      if (live) live.keep(() => io.out(line));
      else io.out(line);
    },
    close: () => live?.close(),
  };
}
