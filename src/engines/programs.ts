/** @file A cache of programs, each compiled once, at its first use. */

import type { Like, NamedGraph } from "../graph/named.ts";
import { printSpec } from "../graph/print.ts";
import type { Spec } from "../tensor.ts";
import type { Arrays } from "../tree.ts";
import type { DeviceTensor, Engine, Program } from "./engine.ts";

/**
 * A program's name for batches of these shapes: `step f[128,3,32,32] i[128]`. Batches of other shapes have
 * programs of their own.
 */
export const programName = (what: string, batch: Arrays<Spec>): string =>
  [what, ...Object.values(batch).map(printSpec)].join(" ");

/**
 * Programs that one engine keeps open, for all who compile on it: a dozen shapes of four programs each. An open program
 * keeps its memory: on the ONNX engine that of all its arrays.
 */
export const MOST_OPEN = 48;

/** A program, and how its inputs and outputs are named. */
interface Compiled<I, O> extends Omit<NamedGraph<I, O>, "graph"> {
  readonly program: Program;
}

interface Entry {
  readonly compiled: Promise<Compiled<unknown, unknown>>;
  /** Runs that have begun and not ended. */
  running: number;
  /** Takes it out of the cache that it belongs to. */
  readonly forget: () => void;
}

/** Of each engine, its open programs, the least recently used first. */
const shelves = new WeakMap<Engine, Set<Entry>>();

function shelfOf(engine: Engine): Set<Entry> {
  let shelf = shelves.get(engine);
  if (!shelf) shelves.set(engine, (shelf = new Set()));
  return shelf;
}

/**
 * Compiled graphs of one engine, by name. An engine keeps at most `MOST_OPEN` programs open, whoever compiled them: the
 * least recently used one is closed before another is compiled, and compiled again when it is asked for.
 */
export class Programs {
  readonly #engine: Engine;
  readonly #entries = new Map<string, Entry>();
  readonly #shelf: Set<Entry>;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#shelf = shelfOf(engine);
  }

  /** Runs the program called `name` on named arrays; `make` traces it the first time, and again after it was closed. */
  async run<I, O>(
    name: string,
    make: () => NamedGraph<I, O>,
    inputs: Like<I, DeviceTensor>,
  ): Promise<Like<O, DeviceTensor>> {
    const entry = this.#entries.get(name) ?? this.#add(name, make);
    // To the end: the most recently used.
    this.#shelf.delete(entry);
    this.#shelf.add(entry);
    entry.running++;
    try {
      const { program, flatten, unflatten } = (await entry.compiled) as Compiled<I, O>;
      return unflatten(await program.run(flatten(inputs)));
    } finally {
      entry.running--;
    }
  }

  /** Closes all of them. May be called twice. */
  async close(): Promise<void> {
    for (const entry of [...this.#entries.values()]) await this.#close(entry);
  }

  /** If the graph cannot be made or compiled, the next call tries again. */
  #add<I, O>(name: string, make: () => NamedGraph<I, O>): Entry {
    const compiled = this.#compile(name, make);
    const entry: Entry = { compiled, running: 0, forget: () => this.#entries.delete(name) };
    this.#entries.set(name, entry);
    compiled.catch(() => this.#drop(entry));
    return entry;
  }

  async #compile<I, O>(name: string, make: () => NamedGraph<I, O>): Promise<Compiled<I, O>> {
    // Without the graph, so that it need not stay in memory.
    const { graph, ...naming } = make();
    const idle = [...this.#shelf].filter(({ running }) => running === 0);
    const tooMany = Math.max(0, this.#shelf.size + 1 - MOST_OPEN);
    for (const entry of idle.slice(0, tooMany)) await this.#close(entry);
    return { ...naming, program: await this.#engine.compile(graph, name) };
  }

  #drop(entry: Entry): void {
    this.#shelf.delete(entry);
    entry.forget();
  }

  async #close(entry: Entry): Promise<void> {
    this.#drop(entry);
    await (await entry.compiled).program.close();
  }
}
