/** @file The figures of the race: ratios of medians between us and PyTorch, each with its bound and its goal. */

import { markdownTable } from "../src/format.ts";
import type { EngineName, Entrant, Peer, Result } from "./race-entrants.ts";

/** An upper bound is one of ours / theirs, a lower bound one of theirs / ours. */
interface Goal {
  readonly bound: "≤" | "≥";
  readonly must: number;
  readonly aim: number;
}

export interface Figure {
  readonly name: string;
  readonly unit: "ms" | "MB";
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
  readonly goal?: Goal;
  readonly met?: "aim" | "must" | "no";
}

/** Medians over rounds; undefined if there are none. */
export type Medians = (side: Entrant["side"], what: EngineName | Peer, window: number) => Result | undefined;

const atMost = (must: number, aim: number): Goal => ({ bound: "≤", must, aim });
const atLeast = (must: number, aim: number): Goal => ({ bound: "≥", must, aim });

function verdict(ratio: number, { bound, must, aim }: Goal): "aim" | "must" | "no" {
  const reaches = (value: number): boolean => (bound === "≤" ? ratio <= value : ratio >= value);
  return reaches(aim) ? "aim" : reaches(must) ? "must" : "no";
}

/**
 * @param engine the engine that represents us; figures whose entrants did not run are omitted
 * @param window B, and a long one
 */
export function figures(of: Medians, engine: EngineName, window: readonly [short: number, long: number]): Figure[] {
  const [B, long] = window;
  const us = of("ours", engine, B);
  const usLong = of("ours", engine, long);
  const peer = (what: Peer): Result | undefined => of("peer", what, B);
  const twice = peer("double_backward");
  const found: Figure[] = [];

  function compare(name: string, key: keyof Result, ours?: Result, theirs?: Result, goal?: Goal): void {
    if (!ours || !theirs) return;
    const ratio = goal?.bound === "≤" ? ours[key] / theirs[key] : theirs[key] / ours[key];
    const judged = goal && { goal, met: verdict(ratio, goal) };
    found.push({
      name,
      unit: key === "peakRssMb" ? "MB" : "ms",
      ours: ours[key],
      theirs: theirs[key],
      ratio,
      ...judged,
    });
  }

  compare("student step, ours / PyTorch", "stepMs", us, twice, atMost(0.95, 0.8));
  compare(`teacher update, double backward / ours`, "teacherUpdateMs", us, twice, atLeast(4, 6));
  compare(
    "teacher update, finite differences / ours",
    "teacherUpdateMs",
    us,
    peer("finite_difference"),
    atLeast(1, 1.4),
  );
  compare("teacher update, torch.func / ours", "teacherUpdateMs", us, peer("torch_func"));
  compare("period, double backward / ours", "periodMs", us, twice, atLeast(1.7, 2.2));
  compare("period, finite differences / ours", "periodMs", us, peer("finite_difference"));
  const twiceLong = of("peer", "double_backward", long);
  compare(`B = ${long}, teacher update, double backward / ours`, "teacherUpdateMs", usLong, twiceLong, atLeast(3.5, 5));
  compare("peak memory of a period, ours / double backward", "peakRssMb", us, twice, atMost(0.8, 0.6));
  compare("peak memory of a period, finite differences / ours", "peakRssMb", us, peer("finite_difference"));
  compare(`peak memory, ours at B = ${long} / at B = ${B}`, "peakRssMb", usLong, us, atMost(1.1, 1.05));
  compare("ONNX engine's period / double backward's", "periodMs", of("ours", "onnx", B), twice, atMost(1.4, 1));
  return found;
}

const number = (value: number, unit: Figure["unit"]): string =>
  `${value.toFixed(unit === "ms" && value < 100 ? 1 : 0)} ${unit}`;

/** A Markdown table. */
export function table(rows: readonly Figure[]): string {
  const cells = rows.map(({ name, unit, ours, theirs, ratio, goal, met }) => [
    name,
    number(ours, unit),
    number(theirs, unit),
    ratio.toFixed(2),
    goal ? `${goal.bound} ${goal.must}` : "",
    goal ? `${goal.bound} ${goal.aim}` : "",
    met === undefined ? "" : met === "no" ? "not met" : met === "aim" ? "aim met" : "met",
  ]);
  return markdownTable(["figure", "ours", "other", "ratio", "must", "aim", "met"], cells);
}
