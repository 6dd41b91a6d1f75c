/**
 * @file The order of instructions: of the units that are ready, the one that frees the most memory runs first. If none
 * frees more than it takes, the given order decides.
 */

import type { Value } from "../../../graph/value.ts";

/** A unit of scheduling: it runs as a whole and makes some values. */
export interface Unit {
  readonly makes: readonly Value[];
  /** Values with memory that it reads. */
  readonly reads: ReadonlySet<Value>;
}

/** @param bytesOf a value's bytes in the workspace; 0 for inputs and outputs, which lie elsewhere */
export function schedule<U extends Unit>(units: readonly U[], bytesOf: (value: Value) => number): U[] {
  const makerOf = new Map(units.flatMap((unit) => unit.makes.map((value) => [value, unit] as const)));
  const waiting = new Map<U, number>();
  // Of each value, the units that read it and have not run.
  const users = new Map<Value, Set<U>>();
  const followers = new Map<U, U[]>();
  for (const unit of units) {
    const makers = new Set<U>();
    for (const value of unit.reads) {
      const readers = users.get(value);
      if (readers) readers.add(unit);
      else users.set(value, new Set([unit]));
      const maker = makerOf.get(value);
      if (maker && maker !== unit) makers.add(maker);
    }
    waiting.set(unit, makers.size);
    for (const maker of makers) followers.set(maker, [...(followers.get(maker) ?? []), unit]);
  }
  // Bytes that a unit frees less those that it takes: its last reader frees a value.
  const gains = new Map<U, number>();
  for (const unit of units) {
    let bytes = 0;
    for (const value of unit.reads) if (users.get(value)!.size === 1) bytes += bytesOf(value);
    for (const value of unit.makes) bytes -= bytesOf(value);
    gains.set(unit, bytes);
  }
  const place = new Map(units.map((unit, i) => [unit, i]));
  const ready = units.filter((unit) => waiting.get(unit) === 0);
  const done: U[] = [];
  while (ready.length > 0) {
    let best = ready[0]!;
    let most = 0;
    for (const unit of ready) {
      const bytes = gains.get(unit)!;
      if (bytes > most || (bytes === most && most > 0 && place.get(unit)! < place.get(best)!))
        [best, most] = [unit, bytes];
      else if (most === 0 && place.get(unit)! < place.get(best)!) best = unit;
    }
    ready.splice(ready.indexOf(best), 1);
    done.push(best);
    for (const value of best.reads) {
      const readers = users.get(value)!;
      readers.delete(best);
      if (readers.size !== 1) continue;
      const [last] = [...readers] as [U];
      gains.set(last, gains.get(last)! + bytesOf(value));
    }
    for (const follower of followers.get(best) ?? []) {
      const left = waiting.get(follower)! - 1;
      waiting.set(follower, left);
      if (left === 0) ready.push(follower);
    }
  }
  return done;
}
