/** @file Programs that are compiled when first asked for, and once. */

import type { Graph } from "../graph/graph.ts";
import type { Engine, Program } from "./engine.ts";

/** Compiled graphs of one engine, by name. */
export class Programs {
  readonly #engine: Engine;
  readonly #compiled = new Map<string, Promise<Program>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The program called `name`; `graph` is made and compiled the first time. */
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
