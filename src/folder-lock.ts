/**
 * @file Lock of a folder: one process at a time writes there. A file names its holder by host, process and the time
 * when that process began, so a lock that a killed process or a lost power supply left behind is recognised and taken
 * over.
 */

import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { ConfigError } from "./errors.ts";
import { statFields } from "./process-stat.ts";

const holderSchema = z.object({
  host: z.string(),
  /** Changes with each start of the machine; null where the system does not tell. */
  boot: z.string().nullable(),
  pid: z.number().int().min(1),
  /** Start of the process, in a unit of the system's; null where the system does not tell. */
  started: z.string().nullable(),
  /** What the process does: "train" or "sweep". */
  work: z.string(),
  token: z.string(),
});

type Holder = z.output<typeof holderSchema>;

export interface FolderLock {
  /** Process of the lock that was left behind and taken over; absent if there was none. */
  readonly tookOverFrom?: number;
  /** Whether the file is there and names this lock. */
  isHeld(): boolean;
  release(): void;
}

/** Milliseconds within which a file that cannot be read counts as one that is being written. */
const WRITING = 3000;
const LOOK_EVERY = 100;

/**
 * Locks a folder, which must exist.
 * @param name name of the lock's file
 * @throws ConfigError if another process, or this one, holds it
 */
export async function lockFolder(folder: string, name: string, work: string): Promise<FolderLock> {
  const path = join(folder, name);
  const mine: Holder = { ...self(), work, token: randomUUID() };
  for (;;) {
    if (create(path, mine)) return held(path, mine);
    const holder = await settled(path);
    if (holder === "gone") continue;
    if (holder && isAlive(holder)) throw new ConfigError(heldText(folder, path, holder));
    if (await takeOver(path, holder, mine)) return held(path, mine, holder?.pid);
  }
}

/** The process that works in a folder, in words; undefined if none does. */
export async function workIn(folder: string, name: string): Promise<string | undefined> {
  const holder = await workerAt(join(folder, name));
  return holder && inWords(holder);
}

/** @throws ConfigError if a process works in the folder */
export async function refuseIfLocked(folder: string, name: string): Promise<void> {
  const path = join(folder, name);
  const holder = await workerAt(path);
  if (holder) throw new ConfigError(heldText(folder, path, holder));
}

/** The holder of a lock, if its process runs. */
async function workerAt(path: string): Promise<Holder | undefined> {
  const holder = await settled(path);
  return holder !== "gone" && holder && isAlive(holder) ? holder : undefined;
}

const held = (path: string, mine: Holder, tookOverFrom?: number): FolderLock => {
  const isHeld = (): boolean => read(path)?.token === mine.token;
  return {
    ...(tookOverFrom === undefined ? {} : { tookOverFrom }),
    isHeld,
    release: () => void (isHeld() && rmSync(path, { force: true })),
  };
};

/** Writes the file if there is none, down to the disk: a power cut leaves no empty one. @returns whether it did */
function create(path: string, holder: Holder): boolean {
  let file: number;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  try {
    writeFileSync(file, `${JSON.stringify(holder)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return true;
}

function read(path: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** The holder in a file once it is written; undefined for a file that stays unreadable. */
async function settled(path: string): Promise<Holder | undefined | "gone"> {
  for (;;) {
    const holder = read(path);
    if (holder) return holder;
    const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (written === undefined) return "gone";
    if (Date.now() - written > WRITING) return undefined;
    await pause(LOOK_EVERY);
  }
}

/**
 * Replaces a lock that nobody holds any more. A second file keeps two processes from doing so at once, of which the
 * later would remove the lock of the earlier.
 * @returns whether the lock is ours; if not, look again
 */
async function takeOver(path: string, stale: Holder | undefined, mine: Holder): Promise<boolean> {
  const guard = `${path}.takeover`;
  if (!create(guard, mine)) {
    const left = await settled(guard);
    if (left === undefined || (left !== "gone" && !isAlive(left))) rmSync(guard, { force: true });
    await pause(LOOK_EVERY);
    return false;
  }
  try {
    if (read(path)?.token !== stale?.token) return false;
    rmSync(path, { force: true });
    return create(path, mine);
  } finally {
    rmSync(guard, { force: true });
  }
}

const inWords = ({ pid, host, work }: Holder): string =>
  `process ${pid}${host === hostname() ? "" : ` on ${host}`} (reweight ${work})`;

function heldText(folder: string, path: string, holder: Holder): string {
  const elsewhere = holder.host !== hostname();
  const remedy = elsewhere ? `If it has ended there, delete ${path}` : "Wait for it, stop it, or choose another folder";
  return `${folder}: expected no other process at work there, found ${inWords(holder)}. ${remedy}`;
}

/** Whether the process of a lock still runs. Of a process on another host nothing is known, so it counts as running. */
function isAlive({ host, boot, pid, started }: Holder): boolean {
  if (host !== hostname()) return true;
  const here = bootOf();
  if (boot !== null && here !== null && boot !== here) return false;
  if (started !== null && startOf(pid) !== null) return startOf(pid) === started;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const self = (): Omit<Holder, "work" | "token"> => ({
  host: hostname(),
  boot: bootOf(),
  pid: process.pid,
  started: startOf(process.pid),
});

function bootOf(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return null;
  }
}

/** Start of a process in ticks since the machine's; null where the system does not tell, or without the process. */
const startOf = (pid: number): string | null => statFields(pid)?.[19] ?? null;
