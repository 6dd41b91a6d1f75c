/**
 * @file The race: Algorithm 1 here and in PyTorch (bench/peers/) on this machine, in float32, with the same threads and
 * shapes. Every entrant runs in a process of its own. Entrants take turns in rounds, so that slow minutes of the
 * machine affect all of them; figures are ratios of medians over rounds.
 *
 *     npm run build && npx tsc -p bench && node .build/bench/bench/race.js --rounds 3 --json race.json
 *     node .build/bench/bench/race.js --students resnet20,wrn-16-4 --repeats 3,wrn-16-4=1 --derive-period
 */

import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { median } from "../src/statistics.ts";
import type { Entrant, Outcome, Result } from "./race-entrants.ts";
import { run, title } from "./race-entrants.ts";
import { figures, table } from "./race-figures.ts";
import { raceOptions, settingOf } from "./race-options.ts";

const { students, engines, engine, peers, rounds, window, longWindow, json } = raceOptions();

// The first engine represents us. Only it runs the long window, against double backward.
const entrants: Entrant[] = [
  ...engines.map((what) => ({ side: "ours", what, window }) as const),
  ...peers.map((what) => ({ side: "peer", what, window }) as const),
];
if (longWindow > 0) {
  entrants.push({ side: "ours", what: engine, window: longWindow });
  if (peers.includes("double_backward")) entrants.push({ side: "peer", what: "double_backward", window: longWindow });
}

/** Each quantity's median over rounds; undefined if the entrant could not run. */
function medians(outcomes: readonly Outcome[]): Result | undefined {
  const results = outcomes.flatMap((outcome) => ("unavailable" in outcome ? [] : [outcome]));
  if (results.length === 0) return undefined;
  const over = (key: keyof Result): number => median(results.map((result) => result[key]))!;
  return {
    stepMs: over("stepMs"),
    teacherUpdateMs: over("teacherUpdateMs"),
    periodMs: over("periodMs"),
    peakRssMb: over("peakRssMb"),
  };
}

function describe(outcome: Outcome): string {
  if ("unavailable" in outcome) return outcome.unavailable;
  const { stepMs, teacherUpdateMs, periodMs, peakRssMb } = outcome;
  const [step, update, period, peak] = [stepMs, teacherUpdateMs, periodMs, peakRssMb].map((value) => value.toFixed(0));
  return `step ${step} ms, teacher update ${update} ms, period ${period} ms, peak ${peak} MB`;
}

function race(student: string) {
  const setting = settingOf(student);
  const outcomes = new Map<Entrant, Outcome[]>(entrants.map((entrant) => [entrant, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [entrant, before] of outcomes) {
      const outcome = run(entrant, setting);
      before.push(outcome);
      console.error(`${student}, round ${round}, ${title(entrant)}: ${describe(outcome)}`);
    }
  }
  const results = [...outcomes].map(([entrant, runs]) => ({ ...entrant, rounds: runs, median: medians(runs) }));
  const rows = figures(
    (side, what, B) => results.find((one) => one.side === side && one.what === what && one.window === B)?.median,
    engine,
    [window, longWindow],
  );
  const torch = results.flatMap((one) =>
    one.rounds.flatMap((outcome) => ("torch" in outcome ? [outcome.torch] : [])),
  )[0];
  console.log(
    `\n${student}, batch ${setting.batch}, K = ${setting.teacherEvery}, B = ${window}, ${setting.threads} threads, float32. ` +
      `Ours: ${engine} engine; PyTorch ${torch ?? "did not run"}. Medians over ${rounds} × ${setting.repeats} periods, ` +
      `${setting.derivePeriod ? "each K median steps and a median update" : "measured whole"}.\n\n${table(rows)}`,
  );
  for (const { rounds: runs } of results) {
    const [missing] = runs.flatMap((outcome) => ("unavailable" in outcome ? [outcome.unavailable] : []));
    if (missing !== undefined) console.log(`\nnot raced: ${missing}`);
  }
  return { setting, torch, entrants: results, figures: rows };
}

const machine = {
  processor: cpus()[0]?.model,
  processors: availableParallelism(),
  node: process.version,
  loadBefore: loadavg()[0],
};
console.error(`${machine.processor}, ${machine.processors} processors, load ${machine.loadBefore?.toFixed(2)} before`);
const races = students.map(race);
if (json !== undefined) {
  const record = { date: new Date().toISOString(), machine, rounds, races };
  writeFileSync(json, `${JSON.stringify(record, undefined, 2)}\n`);
}
