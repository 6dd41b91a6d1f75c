/** @file The race's command line. */

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { EngineName, Peer, Setting } from "./race-entrants.ts";
import { PEERS } from "./race-entrants.ts";

const { values: given } = parseArgs({
  options: {
    students: { type: "string" },
    engines: { type: "string", default: "torch,onnx" },
    peers: { type: "string", default: PEERS.join() },
    batch: { type: "string" },
    "teacher-every": { type: "string", default: "20" },
    window: { type: "string", default: "2" },
    /** 0 omits it. */
    "long-window": { type: "string", default: "20" },
    rounds: { type: "string" },
    /** Measured periods per process; `3,wrn-16-4=1` sets another number for one student. */
    repeats: { type: "string" },
    "derive-period": { type: "boolean", default: false },
    threads: { type: "string", default: `${availableParallelism()}` },
    python: { type: "string", default: "python3" },
    json: { type: "string" },
    /** ResNet-8, batch 32, one round of one period: a smoke test. */
    quick: { type: "boolean", default: false },
  },
});

function named<T extends string>(option: string, list: string, known: readonly T[]): T[] {
  return list
    .split(",")
    .filter(Boolean)
    .map((name) => {
      const match = known.find((one) => one === name);
      if (match === undefined) throw new Error(`--${option}: expected some of ${known.join()}, got ${name}`);
      return match;
    });
}

function count(option: string, text: string, least = 1): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`--${option}: expected an integer ≥ ${least}, got ${text}`);
  return value;
}

/** The number for a student in `3,wrn-16-4=1`. */
function repeatsFor(student: string, text: string): number {
  const parts = text.split(",").map((part) => part.split("="));
  const own = parts.find(([name, value]) => value !== undefined && name === student)?.[1];
  return count("repeats", own ?? parts.find(([, value]) => value === undefined)?.[0] ?? "3");
}

/** Parses the command line. */
export function raceOptions() {
  const engines = named<EngineName>("engines", given.engines, ["torch", "onnx"]);
  const [engine] = engines;
  if (engine === undefined) throw new Error("--engines: expected torch, onnx or both, got none");
  return {
    students: (given.students ?? (given.quick ? "resnet8" : "resnet32")).split(","),
    engines,
    /** The engine that represents us. */
    engine,
    peers: named<Peer>("peers", given.peers, PEERS),
    rounds: count("rounds", given.rounds ?? (given.quick ? "1" : "3")),
    /** B, and the long B; 0 for none. */
    window: count("window", given.window),
    longWindow: count("long-window", given["long-window"], 0),
    json: given.json,
  };
}

export function settingOf(student: string): Setting {
  return {
    student,
    batch: count("batch", given.batch ?? (given.quick ? "32" : "128"), 2),
    teacherEvery: count("teacher-every", given["teacher-every"]),
    threads: count("threads", given.threads),
    repeats: repeatsFor(student, given.repeats ?? (given.quick ? "1" : "3")),
    derivePeriod: given["derive-period"],
    python: given.python,
  };
}
