/** @file Reporters of a run: a live line on a terminal, plain lines in a log, JSON for programs. */

import { createLogUpdate } from "log-update";
import type { TrainEvent } from "../../train/events.ts";
import type { Io } from "../io.ts";
import { advance, noProgress } from "./progress-state.ts";
import { evalText, rehearsedText, warningText } from "./outcome-text.ts";
import { progressText, stepText } from "./progress-text.ts";
import { startText } from "./start-text.ts";

export interface Reporter {
  readonly onEvent: (event: TrainEvent) => void;
  /** Clears the live line. Call it at the end, also after an error. */
  close(): void;
}

const seconds = (): number => performance.now() / 1000;

/** Reporter for programs: one JSON object per line for each event, and nothing else. */
export function jsonReporter(io: Io): Reporter {
  return { onEvent: (event) => io.out(JSON.stringify(event)), close: () => {} };
}

/** Reporter for people: a live line on a terminal, else periodic lines. */
export function textReporter(io: Io): Reporter {
  return io.terminal ? liveReporter(io, io.terminal) : logReporter(io);
}

/** Reporter with a live line, redrawn at most ten times a second. */
function liveReporter(io: Io, terminal: NodeJS.WriteStream): Reporter {
  const live = createLogUpdate(terminal);
  let progress = noProgress;
  let drawn = -Infinity;
  const draw = (): void => live(progressText(progress, io.columns, io.colors));
  const keep = (text: string): void => {
    live.clear();
    io.out(text);
    draw();
  };
  return {
    onEvent(event) {
      progress = advance(progress, event, seconds());
      if (event.type === "start") keep(startText(event));
      else if (event.type === "warning") keep(warningText(event, io.colors));
      else if (event.type === "eval") keep(evalText(event, progress.start?.config.epochs ?? event.epoch));
      else if (event.type === "rehearsed")
        keep(rehearsedText(event, progress.start?.rehearsals?.count ?? event.rehearsal));
      else if ((event.type === "step" || event.type === "rehearsal") && seconds() - drawn > 0.1) {
        draw();
        drawn = seconds();
      }
    },
    close() {
      live.clear();
      live.done();
    },
  };
}

/** Seconds between lines in a log. */
const LOG_EVERY = 30;

function logReporter(io: Io): Reporter {
  let progress = noProgress;
  let said = seconds();
  return {
    onEvent(event) {
      progress = advance(progress, event, seconds());
      if (event.type === "start") io.out(startText(event));
      else if (event.type === "warning") io.out(warningText(event, io.colors));
      else if (event.type === "eval") io.out(evalText(event, progress.start?.config.epochs ?? event.epoch));
      else if (event.type === "rehearsed")
        io.out(rehearsedText(event, progress.start?.rehearsals?.count ?? event.rehearsal));
      else if ((event.type === "step" || event.type === "rehearsal") && seconds() - said > LOG_EVERY)
        io.out(stepText(progress));
      else return;
      if (event.type !== "start") said = seconds();
    },
    close: () => {},
  };
}
