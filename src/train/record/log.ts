/** @file The log of a run, metrics.jsonl: its lines, and what a power cut took from them. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainEvent } from "../events.ts";
import type { Progress } from "../progress.ts";

type Place = Pick<Progress, "step" | "rehearsals">;

/** A line of the log. */
export interface Line {
  readonly text: string;
  /** Absent where the line is damaged or cut short. */
  readonly event?: TrainEvent;
  /** The byte after its newline. */
  readonly end: number;
}

/** The lines of a log; none if there is no such file. */
export function readLines(path: string): Line[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const lines: Line[] = [];
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf("\n", start);
    const end = found < 0 ? bytes.length : found;
    lines.push({ ...parsed(bytes.toString("utf8", start, end)), end: end + 1 });
    start = end + 1;
  }
  return lines;
}

function parsed(text: string): Pick<Line, "text" | "event"> {
  try {
    const event = JSON.parse(text) as TrainEvent;
    return typeof event.type === "string" ? { text, event } : { text };
  } catch {
    return { text };
  }
}

/** Events in a run's metrics.jsonl, in order and without truncated lines. Empty if there is no such file. */
export const readEvents = (folder: string): TrainEvent[] =>
  readLines(join(folder, "metrics.jsonl")).flatMap(({ event }) => event ?? []);

/** Whether an event happened before a checkpoint that does not know the length of the log. */
export function happened(event: TrainEvent, { step, rehearsals }: Place): boolean {
  const { done } = rehearsals;
  if (event.type === "start") return true;
  if (event.type === "done") return false;
  if (event.type === "rehearsed") return event.rehearsal <= done;
  if (event.type !== "rehearsal") return event.step <= step;
  return event.rehearsal <= done || (event.rehearsal === done + 1 && event.step <= rehearsals.step);
}

/** Where an event stands in the run, in words. */
function placeOf(event: TrainEvent): string | undefined {
  if (event.type === "rehearsed") return `rehearsal ${event.rehearsal}`;
  if (event.type === "rehearsal") return `step ${event.step} of rehearsal ${event.rehearsal}`;
  return event.type === "start" || event.type === "done" ? undefined : `step ${event.step}`;
}

const placeNow = ({ step, rehearsals }: Place): string =>
  step === 0 && rehearsals.step > 0 ? `step ${rehearsals.step} of rehearsal ${rehearsals.done + 1}` : `step ${step}`;

/**
 * Tells what a log lacks.
 * @param length of the log at the checkpoint with this progress, in bytes
 * @returns a sentence; undefined if the log has all of its first `length` bytes
 */
export function missingText(path: string, lines: readonly Line[], length: number, progress: Place): string | undefined {
  const known = lines.filter(({ end }) => end <= length);
  const bytes = known.reduce((sum, { text, event }) => sum + (event ? Buffer.byteLength(text) + 1 : 0), 0);
  if (bytes >= length) return undefined;
  const places = (some: readonly Line[]): string[] => some.flatMap(({ event }) => (event && placeOf(event)) ?? []);
  const gap = known.findIndex(({ event }) => !event);
  const before = places(gap < 0 ? known : known.slice(0, gap)).at(-1);
  const after = gap < 0 ? undefined : places(known.slice(gap))[0];
  return (
    `${path} lacks ${length - bytes} of the ${length} bytes that it had at the checkpoint: events after ` +
    `${before ?? "the start"} and before ${after ?? `the end of ${placeNow(progress)}`} are lost; the training goes on exactly`
  );
}
