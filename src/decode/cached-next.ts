/**
 * @file The next token of several sentences by a student in an engine. What earlier tokens left stays there; the host
 * sees probabilities alone.
 *
 * Shapes are static, so that few programs do: there are places for a number of sentences, and room for a number of
 * tokens. Sentences that are done keep their place until a quarter of the places would do; then the others move into
 * fewer. Room doubles when it is used up.
 */

import type { DeviceTensor, Engine } from "../engines/engine.ts";
import type { Like, NamedGraph } from "../graph/named.ts";
import type { Generator } from "../models/student.ts";
import type { Tensor } from "../tensor.ts";
import { tensor, zeros } from "../tensor.ts";
import type { Arrays, Tree } from "../tree.ts";
import { mapTree } from "../tree.ts";
import type { Kept, MoveInputs, StepInputs } from "./graphs.ts";
import { encodeGraph, moveGraph, stepGraph } from "./graphs.ts";

/** An engine that keeps its programs. */
export interface GraphRunner {
  readonly engine: Engine;
  /** Runs the program called `name`; `make` traces it the first time. */
  run<I, O>(name: string, make: () => NamedGraph<I, O>, inputs: Like<I, DeviceTensor>): Promise<Like<O, DeviceTensor>>;
}

/** A student as it is, in an engine. */
export interface Writer {
  readonly student: Generator;
  readonly runner: GraphRunner;
  /** Its parameters. */
  readonly params: Tree<DeviceTensor>;
}

/** Room for tokens at the beginning. */
const FIRST_ROOM = 16;

/** Places are taken for a quarter of what there was. */
const QUARTER = 4;

/** How many places for sentences there are for so many: 1, 4, 16, 64, … */
export const placesFor = (sentences: number): number =>
  QUARTER ** Math.ceil(Math.log2(sentences) / Math.log2(QUARTER) - 1e-9);

/** Shapes of the programs of a decoding. */
interface Shapes {
  /** Places for sentences. */
  readonly places: number;
  /** Rows of each place. */
  readonly beam: number;
  /** Places of a source's tokens. */
  readonly source: number;
  /** Room for tokens of each row. */
  readonly room: number;
}

const named = (what: string, { places, beam, source, room }: Shapes): string =>
  `${what} ${places} × ${beam}, ${source} → ${room}`;

/** The next tokens of sentences whose sources were read; `next` is what beam search asks. */
export class CachedNext {
  readonly #writer: Writer;
  #shapes: Shapes;
  #kept: Kept<DeviceTensor>;
  /** The place of each sentence that is not done. */
  #placeOf: readonly number[];
  /** Tokens of each sequence. */
  #length = 0;

  private constructor(writer: Writer, source: Tree<DeviceTensor>, shapes: Shapes, sentences: number) {
    const { student, runner } = writer;
    const empty = student.cache(shapes.places * shapes.beam, shapes.room);
    this.#writer = writer;
    this.#shapes = shapes;
    this.#kept = { source, cache: mapTree(empty, ({ shape }) => runner.engine.upload(zeros(shape))) };
    this.#placeOf = Array.from({ length: sentences }, (_, sentence) => sentence);
  }

  /**
   * Reads sources.
   * @param inputs the student's, `[N, S]` each, N from `placesFor` @param sentences of them, the first rows
   */
  static async of(writer: Writer, inputs: Arrays<Tensor>, beam: number, sentences: number): Promise<CachedNext> {
    const { params, runner, student } = writer;
    const [places, source] = Object.values(inputs)[0]!.shape as [number, number];
    const uploaded = Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, runner.engine.upload(x)]));
    const read = await runner.run(`encode ${places} × ${source}`, () => encodeGraph(student, params, inputs), {
      params,
      inputs: uploaded,
    });
    return new CachedNext(writer, read.source, { places, beam, source, room: FIRST_ROOM }, sentences);
  }

  /** ln p `[R, V]`, as beam search asks for it. */
  readonly next = async (tokens: Int32Array, from: Int32Array): Promise<Tensor> => {
    const { beam, places, room } = this.#shapes;
    const before = this.#placeOf;
    const sentences = tokens.length / beam;
    this.#placeOf = Array.from({ length: sentences }, (_, n) => before[Math.floor(from[n * beam]! / beam)]!);
    // Rows of places where nobody asks continue themselves.
    let rows = Int32Array.from({ length: places * beam }, (_, row) => row);
    this.#each((row, at) => (rows[at] = at - (at % beam) + (from[row]! % beam)));
    const [fewer, more] = [placesFor(sentences), this.#length === room ? 2 * room : room];
    if (fewer < places || more > room) {
      await this.#move(rows, { ...this.#shapes, places: Math.min(fewer, places), room: more });
      rows = Int32Array.from({ length: this.#shapes.places * beam }, (_, row) => row);
    }
    const last = new Int32Array(rows.length);
    this.#each((row, at) => (last[at] = tokens[row]!));
    const logs = await this.#step(last, rows);
    this.#length++;
    return this.#asked(logs, tokens.length);
  };

  /** The rows of the search, and those of the programs. */
  #each(f: (row: number, at: number) => void): void {
    const { beam } = this.#shapes;
    for (const [n, place] of this.#placeOf.entries()) {
      for (let b = 0; b < beam; b++) f(n * beam + b, place * beam + b);
    }
  }

  /** Moves what is not done to the first places of other shapes. @param rows that each row continues */
  async #move(rows: Int32Array, to: Shapes): Promise<void> {
    const { runner, student } = this.#writer;
    const { beam, places } = this.#shapes;
    const sentences = Int32Array.from({ length: to.places }, (_, at) => this.#placeOf[at] ?? 0);
    const kept = Int32Array.from(
      { length: to.places * beam },
      (_, row) => rows[sentences[Math.floor(row / beam)]! * beam + (row % beam)]!,
    );
    const inputs: MoveInputs<DeviceTensor> = {
      ...this.#kept,
      sentences: runner.engine.upload(tensor(sentences)),
      rows: runner.engine.upload(tensor(kept)),
    };
    const cache = student.cache(to.places * beam, to.room);
    const make = () => moveGraph(this.#kept, cache, [places, to.places]);
    this.#kept = await runner.run(`${named("decode-move", this.#shapes)}, ${named("to", to)}`, make, inputs);
    this.#shapes = to;
    this.#placeOf = this.#placeOf.map((_, at) => at);
  }

  /** @param last `[R]` tokens @param rows `[R]` rows that they continue */
  async #step(last: Int32Array, rows: Int32Array): Promise<Tensor> {
    const { params, runner, student } = this.#writer;
    const { engine } = runner;
    const inputs: StepInputs<DeviceTensor> = {
      ...this.#kept,
      params,
      last: engine.upload(tensor(last)),
      rows: engine.upload(tensor(rows)),
      length: engine.upload(tensor(Float32Array.of(this.#length))),
    };
    const make = () => stepGraph(student, params, this.#kept, last.length);
    const { logs, cache } = await runner.run(named("decode-step", this.#shapes), make, inputs);
    this.#kept = { ...this.#kept, cache };
    return await logs.read();
  }

  /** The rows of ln p that the search asked for. */
  #asked(logs: Tensor, rows: number): Tensor {
    const [all, V] = logs.shape as [number, number];
    if (rows === all) return logs;
    const kept = logs.data instanceof Float64Array ? new Float64Array(rows * V) : new Float32Array(rows * V);
    this.#each((row, at) => kept.set(logs.data.subarray(at * V, (at + 1) * V), row * V));
    return tensor(kept, [rows, V]);
  }
}
