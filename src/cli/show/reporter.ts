/** @file Reporters of a run: a live line on a terminal, plain lines in a log, JSON for programs. */

import type { TrainEvent, TrainHooks } from "../../train/events.ts";
import type { Colors, Io } from "../io.ts";
import { liveLines } from "./live-lines.ts";
import { evalText, rehearsedText, warningText } from "./outcome-text.ts";
import type { Progress } from "./progress-state.ts";
import { advance, noProgress } from "./progress-state.ts";
import { progressText, stepText } from "./progress-text.ts";
import { startText } from "./start-text.ts";

export interface Reporter extends Required<Pick<TrainHooks, "onEvent" | "onProgress">> {
  /** Prints a line to standard error, above the live line. */
  readonly err: Io["err"];
  /** Clears the live line. Call it at the end, also after an error. */
  close(): void;
}

const seconds = (): number => performance.now() / 1000;
const nothing = (): void => {};

/** Reporter that shows nothing. */
export const silentReporter = ({ err }: Pick<Io, "err">): Reporter => ({
  onEvent: nothing,
  onProgress: nothing,
  err,
  close: nothing,
});

/** Reporter for programs: one JSON object per line for each event, and nothing else. */
export function jsonReporter(io: Io): Reporter {
  return { ...silentReporter(io), onEvent: (event) => io.out(JSON.stringify(event)) };
}

/** Reporter for people: a live line on a terminal, else periodic lines. */
export function textReporter(io: Io): Reporter {
  return io.terminal ? liveReporter(io, io.terminal) : logReporter(io);
}

/** The text of an event that stays on the screen and in a log; undefined for others. */
function lastingText(event: TrainEvent, { start }: Progress, colors: Colors): string | undefined {
  if (event.type === "start") return startText(event);
  if (event.type === "warning") return warningText(event, colors);
  if (event.type === "eval") return evalText(event, start?.config.epochs ?? event.epoch);
  if (event.type === "rehearsed") return rehearsedText(event, start?.rehearsals?.count ?? event.rehearsal);
  return undefined;
}

/** Least seconds between two drawings of the live line. */
const DRAW_EVERY = 0.1;

function liveReporter(io: Io, terminal: NodeJS.WriteStream): Reporter {
  let progress = noProgress;
  let drawn = -Infinity;
  const lines = liveLines(terminal, () => progressText(progress, io.columns, io.colors));
  const onEvent = (event: TrainEvent): void => {
    progress = advance(progress, event, seconds());
    const text = lastingText(event, progress, io.colors);
    if (text !== undefined) lines.keep(() => io.out(text));
    else if (isStep(event) && seconds() - drawn > DRAW_EVERY) lines.draw();
    else return;
    drawn = seconds();
  };
  const err = (line: string): void => lines.keep(() => io.err(line));
  return { onEvent, onProgress: onEvent, err, close: () => lines.close() };
}

/** Seconds between lines in a log. */
const LOG_EVERY = 30;

function logReporter(io: Io): Reporter {
  let progress = noProgress;
  let said = seconds();
  const onEvent = (event: TrainEvent): void => {
    progress = advance(progress, event, seconds());
    const text = lastingText(event, progress, io.colors);
    if (text !== undefined) io.out(text);
    else if (isStep(event) && seconds() - said > LOG_EVERY) io.out(stepText(progress));
    else return;
    if (event.type !== "start") said = seconds();
  };
  return { ...silentReporter(io), onEvent, onProgress: onEvent };
}

const isStep = ({ type }: TrainEvent): boolean => type === "step" || type === "rehearsal";
