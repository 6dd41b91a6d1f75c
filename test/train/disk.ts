/**
 * @file What a folder holds after a kill or a power cut at each rename and each flush of a run, without ending the
 * process: a kill leaves what was written, a power cut at worst what was flushed.
 */

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join, relative } from "node:path";

/** Contents of files by their path in a folder. */
export type State = ReadonlyMap<string, Buffer>;

/** The files in a folder and below it. */
export function stateOf(folder: string): State {
  if (!fs.existsSync(folder)) return new Map();
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [relative(folder, path), fs.readFileSync(path)]));
}

/** Writes a state into a folder that does not exist yet. */
export function restore(folder: string, state: State): void {
  for (const [name, content] of state) {
    fs.mkdirSync(dirname(join(folder, name)), { recursive: true });
    fs.writeFileSync(join(folder, name), content);
  }
}

export interface States {
  /** Calls of rename and fsync. */
  readonly moments: number;
  /** Different states after a kill before or after one of them. */
  readonly killed: readonly State[];
  /** Different states after a power cut there, when all that was not flushed is lost. */
  readonly cut: readonly State[];
}

/** Does some work on a folder, and gathers what a kill or a power cut would have left of it. */
export async function statesOf(folder: string, work: () => Promise<unknown>): Promise<States> {
  const own = { rename: fs.renameSync, fsync: fs.fsyncSync };
  const [killed, cut] = [new Distinct(), new Distinct()];
  const disk = new Disk(folder);
  let moments = 0;
  const around = (act: () => void, then: () => void): void => {
    moments++;
    killed.add(stateOf(folder));
    act();
    then();
    killed.add(stateOf(folder));
    cut.add(disk.state);
  };
  fs.renameSync = (from, to) =>
    around(
      () => own.rename(from, to),
      () => undefined,
    );
  fs.fsyncSync = (file) =>
    around(
      () => own.fsync(file),
      () => disk.flushed(fs.readlinkSync(`/proc/self/fd/${file}`)),
    );
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(fs, { renameSync: own.rename, fsyncSync: own.fsync });
    syncBuiltinESMExports();
  }
  return { moments, killed: killed.states, cut: cut.states };
}

/** States without repetitions. */
class Distinct {
  readonly states: State[] = [];
  readonly #seen = new Set<string>();

  add(state: State): void {
    const key = [...state].map(([name, content]) => `${name} ${content.toString("base64")}`).join("\n");
    if (!this.#seen.has(key)) this.states.push(state);
    this.#seen.add(key);
  }
}

/** A disk that has of a file what was flushed of it, and of a folder the names that were flushed. */
class Disk {
  readonly #folder: string;
  /** By inode. */
  readonly #contents = new Map<number, Buffer>();
  /** Inodes by name, by folder. */
  readonly #names = new Map<string, ReadonlyMap<string, number>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  flushed(path: string): void {
    const { ino } = fs.statSync(path);
    if (!fs.statSync(path).isDirectory()) this.#contents.set(ino, fs.readFileSync(path));
    else this.#names.set(path, new Map(fs.readdirSync(path).map((name) => [name, fs.statSync(join(path, name)).ino])));
  }

  get state(): State {
    const files = new Map<string, Buffer>();
    const walk = (folder: string): void => {
      for (const [name, inode] of this.#names.get(folder) ?? []) {
        const path = join(folder, name);
        if (fs.existsSync(path) && fs.statSync(path).isDirectory()) walk(path);
        else files.set(relative(this.#folder, path), this.#contents.get(inode) ?? Buffer.alloc(0));
      }
    };
    if (this.#names.get(dirname(this.#folder))?.size) walk(this.#folder);
    return files;
  }
}
