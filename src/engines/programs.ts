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

/** A program, and how its inputs and outputs are named. */
interface Compiled<I, O> extends Omit<NamedGraph<I, O>, "graph"> {
  readonly program: Program;
}

/** Compiled graphs of one engine, by name. */
export class Programs {
  readonly #engine: Engine;
  readonly #compiled = new Map<string, Promise<Compiled<unknown, unknown>>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Runs the program called `name` on named arrays; `make` traces it the first time. */
  async run<I, O>(
    name: string,
    make: () => NamedGraph<I, O>,
    inputs: Like<I, DeviceTensor>,
  ): Promise<Like<O, DeviceTensor>> {
    const { program, flatten, unflatten } = await this.#get(name, make);
    return unflatten(await program.run(flatten(inputs)));
  }

  /** Closes all of them. May be called twice. */
  async close(): Promise<void> {
    for (const compiled of this.#compiled.values()) await (await compiled).program.close();
    this.#compiled.clear();
  }

  /** The first call makes the graph and compiles it; if that fails, the next call tries again. */
  #get<I, O>(name: string, make: () => NamedGraph<I, O>): Promise<Compiled<I, O>> {
    const known = this.#compiled.get(name);
    if (known) return known as Promise<Compiled<I, O>>;
    const compiled = this.#compile(name, make);
    this.#compiled.set(name, compiled);
    compiled.catch(() => this.#compiled.delete(name));
    return compiled;
  }

  async #compile<I, O>(name: string, make: () => NamedGraph<I, O>): Promise<Compiled<I, O>> {
    // Without the graph, so that it need not stay in memory.
    const { graph, ...naming } = make();
    return { ...naming, program: await this.#engine.compile(graph, name) };
  }
}
