/** @file A cache of programs, each compiled once, at its first use. */

import type { Graph } from "../graph/graph.ts";
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

/** How a graph's inputs and outputs are named, without the graph. */
type Naming<I, O> = Omit<NamedGraph<I, O>, "graph">;

/** Compiled graphs of one engine, by name. */
export class Programs {
  readonly #engine: Engine;
  readonly #compiled = new Map<string, Promise<Program>>();
  readonly #namings = new Map<string, Naming<unknown, unknown>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * The program called `name`. The first call makes `graph` and compiles it; if that fails, the next call tries
   * again.
   */
  get(name: string, graph: () => Graph): Promise<Program> {
    const known = this.#compiled.get(name);
    if (known) return known;
    const program = this.#engine.compile(graph(), name);
    this.#compiled.set(name, program);
    program.catch(() => this.#compiled.delete(name));
    return program;
  }

  /** Runs the program called `name` on named arrays; `make` traces it the first time. */
  async run<I, O>(
    name: string,
    make: () => NamedGraph<I, O>,
    inputs: Like<I, DeviceTensor>,
  ): Promise<Like<O, DeviceTensor>> {
    let naming = this.#namings.get(name) as Naming<I, O> | undefined;
    if (!naming) {
      const { graph, ...rest } = make();
      await this.get(name, () => graph);
      this.#namings.set(name, (naming = rest));
    }
    const program = await this.#compiled.get(name)!;
    return naming.unflatten(await program.run(naming.flatten(inputs)));
  }

  /** Closes all of them. May be called twice. */
  async close(): Promise<void> {
    for (const program of this.#compiled.values()) await (await program).close();
    this.#compiled.clear();
    this.#namings.clear();
  }
}
