/** @file Collects ONNX nodes and constants while a graph is lowered. Equal constants and nodes are written once. */

import { EngineError } from "../../errors.ts";
import type { OnnxBuilder, OnnxEquation, OnnxNodeOptions } from "../../ops/define.ts";
import type { Tensor } from "../../tensor.ts";
import type { Attribute, Initializer, Node } from "./proto.ts";
import { ElementType } from "./proto.ts";

type AttributeValue = NonNullable<OnnxNodeOptions["attributes"]>[string];

/** The `type` numbers of AttributeProto. */
const Kind = { float: 1, int: 2, string: 3, ints: 7 } as const;

function attribute(name: string, value: AttributeValue): Attribute {
  if (typeof value === "number") return { name, type: Kind.int, i: value };
  if (typeof value === "string") return { name, type: Kind.string, s: Buffer.from(value) };
  if ("float" in value) return { name, type: Kind.float, f: value.float };
  return { name, type: Kind.ints, ints: value };
}

/** An array that the host computes before each run, and the model takes as one more input. */
export interface HostArray {
  readonly name: string;
  readonly shape: readonly number[];
  /** Places of the operands among the graph's inputs. */
  readonly operands: readonly number[];
  readonly compute: (operands: readonly Tensor[]) => Float32Array;
}

export class ModelBuilder implements OnnxBuilder {
  readonly nodes: Node[] = [];
  readonly hosted: HostArray[] = [];
  readonly initializers: Initializer[] = [];
  readonly #known = new Map<string, string>();

  node(opType: string, inputs: readonly string[], options: OnnxNodeOptions = {}): string {
    const key = JSON.stringify([opType, inputs, options]);
    return this.#once(key, `${opType}_${this.nodes.length}`, (name) =>
      this.nodes.push({
        name,
        op_type: opType,
        domain: options.domain ?? "",
        input: inputs,
        output: [name],
        attribute: Object.entries(options.attributes ?? {}).map(([key, value]) => attribute(key, value)),
      }),
    );
  }

  ints(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, (value) => BigInt(value)).buffer);
    return this.#constant("ints", values, shape, ElementType.int64, bytes);
  }

  floats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const bytes = new Uint8Array(Float32Array.from(values).buffer);
    return this.#constant("floats", values, shape, ElementType.float, bytes);
  }

  host<A>({ inputs, result }: OnnxEquation<A>, compute: HostArray["compute"]): string {
    const operands = inputs.map((input) => Number(/^input_(\d+)$/.exec(input)?.[1] ?? Number.NaN));
    if (operands.some(Number.isNaN)) {
      throw new EngineError("onnx: expected inputs of the graph as operands of an array that the host computes");
    }
    const name = `host_${this.hosted.length}`;
    this.hosted.push({ name, shape: result.shape, operands, compute });
    return name;
  }

  /** A long constant of 32-bit integers. `key` identifies it, so that `make` runs only once. */
  indices(key: string, make: () => readonly number[]): string {
    return this.#once(`indices ${key}`, `constant_${this.initializers.length}`, (name) => {
      const numbers = Int32Array.from(make());
      const bytes = new Uint8Array(numbers.buffer);
      this.initializers.push({ name, dims: [numbers.length], data_type: ElementType.int32, raw_data: bytes });
    });
  }

  #constant(
    kind: string,
    values: readonly number[],
    dims: readonly number[],
    type: ElementType,
    bytes: Uint8Array,
  ): string {
    const key = `${kind} [${dims.join(",")}] ${values.map((value) => (Object.is(value, -0) ? "-0" : String(value))).join(",")}`;
    return this.#once(key, `constant_${this.initializers.length}`, (name) =>
      this.initializers.push({ name, dims, data_type: type, raw_data: bytes }),
    );
  }

  #once(key: string, name: string, write: (name: string) => void): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, name);
    write(name);
    return name;
  }
}
