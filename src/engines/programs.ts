/** @file A cache of programs, each compiled once, at its first use. */

import type { Graph } from "../graph/graph.ts";
import type { Engine, Program } from "./engine.ts";

/** Compiled graphs of one engine, by name. */
export class Programs {
  readonly #engine: Engine;
  readonly #compiled = new Map<string, Promise<Program>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The program called `name`. The first call makes `graph` and compiles it. */
  get(name: string, graph: () => Graph): Promise<Program> {
    let program = this.#compiled.get(name);
    if (!program) this.#compiled.set(name, (program = this.#engine.compile(graph(), name)));
    return program;
  }

  /** Closes all of them. May be called twice. */
  async close(): Promise<void> {
    for (const program of this.#compiled.values()) await (await program).close();
    this.#compiled.clear();
  }
}
