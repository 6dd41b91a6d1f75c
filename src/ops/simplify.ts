/**
 * @file Simplifies a graph once, before an engine compiles it. Equal equations are merged, constants folded,
 * per-channel factors multiplied while they are still small, and sums taken before per-channel factors instead of
 * after. Run it after the last derivative, because it drops `stopGradient`.
 */

import type { Graph } from "../graph/graph.ts";
import { rebuild, topological } from "../graph/graph.ts";
import type { NamedGraph } from "../graph/named.ts";
import type { Value } from "../graph/value.ts";
import { sameShape, sizeOf } from "../tensor.ts";
import { broadcastShape, expand, fill, sum } from "./broadcast.ts";
import type { OpDef } from "./define.ts";
import { apply } from "./define.ts";
import { add, mul, neg, sub } from "./elementwise.ts";
import { opOf } from "./index.ts";
import { foldedMatmul } from "./matmul.ts";
import { reshape, transpose } from "./movement.ts";

const attr = <T>(value: Value, name: string): T => value.attrs[name] as T;

/** The number of a `fill`; undefined for any other value. */
const filled = (value: Value | undefined): number | undefined =>
  value?.op === "fill" ? attr<number>(value, "value") : undefined;

/** A value before it was repeated: the operand of an expand, or the value itself. */
const compact = (value: Value): Value => (value.op === "expand" ? value.inputs[0]! : value);

const isRepeated = (value: Value): boolean => value.op === "expand" || value.op === "fill";

/** Ops whose operands and result all have one shape. */
function isPointwise(op: OpDef): boolean {
  return op.kind === "elementwise" || ["neg", "add", "sub", "mul", "step", "equal"].includes(op.name);
}

/** f(expand a, expand b) = expand f(a, b): work on the small arrays. */
function sinkExpand(value: Value): Value | undefined {
  const op = opOf(value.op);
  if (!isPointwise(op) || !value.inputs.every(isRepeated)) return undefined;
  const rank = value.shape.length;
  const small = value.inputs
    .map((x) => (x.op === "fill" ? new Array<number>(rank).fill(1) : compact(x).shape))
    .reduce((a, b) => broadcastShape(op.name, a, b));
  if (sizeOf(small) === sizeOf(value.shape)) return foldConstant(value, op);
  const operands = value.inputs.map((x) => (x.op === "fill" ? fill(filled(x)!, small) : expand(compact(x), small)));
  return expand(rewrite(apply(op, operands.map(rewrite), value.attrs)), value.shape);
}

/** A pointwise op on filled arrays is a filled array. */
function foldConstant(value: Value, op: OpDef): Value | undefined {
  const numbers = value.inputs.map(filled);
  if (numbers.some((number) => number === undefined)) return undefined;
  const scalar = { shape: [], dtype: "float" } as const;
  const operands = numbers.map((number) => ({ ...scalar, data: Float64Array.of(number!) }));
  return fill(op.evaluate(operands, value.attrs, scalar).data[0]!, value.shape);
}

/** Whether a number is 1 up to the rounding of a product such as (1/n) · n. */
const isOne = (number: number | undefined): boolean => number !== undefined && Math.abs(number - 1) < 1e-15;

/** Whether two equations are equal, given that equal operands are identical. */
function isSame(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.op !== b.op || a.op === "input" || a.inputs.length !== b.inputs.length) return false;
  return a.inputs.every((x, i) => x === b.inputs[i]) && JSON.stringify(a.attrs) === JSON.stringify(b.attrs);
}

/** Whether a is repeated from a larger array than b, and b's array has more than one element. */
function outgrows(a: Value, b: Value): boolean {
  const size = (x: Value): number => (x.op === "fill" ? 1 : sizeOf(compact(x).shape));
  return size(b) > 1 && size(a) > size(b);
}

function simplifyMul(a: Value, b: Value): Value | undefined {
  if (isRepeated(a) && !isRepeated(b)) return rewrite(mul(b, a));
  if (isOne(filled(b))) return a;
  // Not x · 0 = 0, nor x − x = 0: of an infinity or a NaN they are NaN, which must show. No graph of ours has either.
  if (filled(b) === -1) return rewrite(neg(a));
  // (x · repeated) · repeated = x · (repeated · repeated), unless a's factor is larger than b's array.
  if (
    isRepeated(b) &&
    a.op === "mul" &&
    isRepeated(a.inputs[1]!) &&
    !isRepeated(a.inputs[0]!) &&
    !outgrows(a.inputs[1]!, b)
  ) {
    return rewrite(mul(a.inputs[0]!, rewrite(mul(a.inputs[1]!, b))));
  }
  if (a.op === "neg" && isRepeated(b)) return rewrite(mul(a.inputs[0]!, rewrite(neg(b))));
  if (b.op === "neg") return rewrite(neg(rewrite(mul(a, b.inputs[0]!))));
  if (a.op === "neg") return rewrite(neg(rewrite(mul(a.inputs[0]!, b))));
  return undefined;
}

function simplifyAdd(a: Value, b: Value): Value | undefined {
  if (isSame(a, b)) return rewrite(mul(a, 2));
  if (filled(b) === 0) return a;
  if (filled(a) === 0) return b;
  if (b.op === "neg") return rewrite(sub(a, b.inputs[0]!));
  if (a.op === "neg") return rewrite(sub(b, a.inputs[0]!));
  return undefined;
}

function simplifySub(a: Value, b: Value): Value | undefined {
  if (filled(b) === 0) return a;
  if (filled(a) === 0) return rewrite(neg(b));
  if (b.op === "neg") return rewrite(add(a, b.inputs[0]!));
  return undefined;
}

/** Whether a value is a product, or a sum or difference of products only. */
const addsProducts = ({ op, inputs }: Value): boolean =>
  op === "mul" || ((op === "add" || op === "sub") && inputs.every(addsProducts));

/** A sum of a repeated array is a product. Factors and terms that are constant along the axes move out of the sum. */
function simplifySum(value: Value): Value | undefined {
  const [x] = value.inputs as [Value];
  const axes = attr<readonly number[]>(value, "axes");
  const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  if (axes.every((axis) => x.shape[axis] === 1)) return x;
  if (x.op === "fill") return fill(filled(x)! * count, value.shape);
  const flat = (operand: Value): boolean =>
    operand.op === "expand" && axes.every((axis) => compact(operand).shape[axis] === 1);
  if (flat(x)) return rewrite(mul(rewrite(expand(compact(x), value.shape)), fill(count, value.shape)));
  if (x.op === "neg") return rewrite(neg(rewrite(sum(x.inputs[0]!, axes))));
  if (x.op === "sum") {
    const merged = [...axes, ...attr<readonly number[]>(x, "axes")].sort((p, q) => p - q);
    return rewrite(sum(x.inputs[0]!, [...new Set(merged)]));
  }
  const [a, b] = x.inputs;
  // Σ (a · s + b · t) = Σ a · s + Σ b · t: two sums of products cost less than an array for the sum of the products.
  // If s is constant along the axes, Σ a · s = s Σ a, and other equations often need Σ a too.
  if ((x.op === "add" || x.op === "sub") && addsProducts(x)) {
    return rewrite((x.op === "add" ? add : sub)(rewrite(sum(a!, axes)), rewrite(sum(b!, axes))));
  }
  if (b && (flat(b) || filled(b) !== undefined)) {
    const small = b.op === "fill" ? fill(filled(b)!, value.shape) : rewrite(expand(compact(b), value.shape));
    const total = (): Value => rewrite(sum(a!, axes));
    const times = (): Value => rewrite(mul(small, fill(count, value.shape)));
    if (x.op === "mul") return rewrite(mul(total(), small));
    if (x.op === "add") return rewrite(add(total(), times()));
    if (x.op === "sub") return rewrite(sub(total(), times()));
  }
  return undefined;
}

/** Simplifies one equation whose operands are simplified already. */
function rewrite(value: Value): Value {
  return rules(value) ?? value;
}

function rules(value: Value): Value | undefined {
  if (value.op === "input") return undefined;
  const [a, b] = value.inputs;
  const sunk = sinkExpand(value);
  if (sunk) return sunk;
  switch (value.op) {
    case "stopGradient":
      return a;
    case "mul":
      return simplifyMul(a!, b!);
    case "add":
      return simplifyAdd(a!, b!);
    case "sub":
      return simplifySub(a!, b!);
    case "neg":
      return a!.op === "neg" ? a!.inputs[0] : a!.op === "sub" ? rewrite(sub(a!.inputs[1]!, a!.inputs[0]!)) : undefined;
    case "sum":
      return simplifySum(value);
    case "expand":
      if (a!.op === "fill") return fill(filled(a)!, value.shape);
      return a!.op === "expand" ? expand(compact(a!), value.shape) : undefined;
    case "reshape":
      if (a!.op === "fill") return fill(filled(a)!, value.shape);
      if (a!.op === "reshape") return reshape(a!.inputs[0]!, value.shape);
      return sameShape(a!.shape, value.shape) ? a : undefined;
    case "transpose": {
      if (a!.op !== "transpose") return undefined;
      const first = attr<readonly number[]>(a!, "axes");
      return transpose(
        a!.inputs[0]!,
        attr<readonly number[]>(value, "axes").map((axis) => first[axis]!),
      );
    }
    default:
      return undefined;
  }
}

/** Merges common subexpressions: finds the first value with the same op, attributes and operands. */
class Unique {
  readonly #byKey = new Map<string, Value>();
  readonly #ids = new Map<Value, number>();

  of(value: Value): Value {
    if (value.op === "input") return value;
    const known = this.#ids.has(value);
    if (known) return value;
    // A rewrite may make several new equations: their operands are merged first.
    const inputs = value.inputs.map((operand) => this.of(operand));
    const fresh = inputs.every((operand, i) => operand === value.inputs[i]) ? value : { ...value, inputs };
    const ids = inputs.map((operand) => this.#id(operand));
    if (value.op === "add" || value.op === "mul") ids.sort((a, b) => a - b); // a + b is b + a, to the last bit
    const key = `${value.op} ${JSON.stringify(value.attrs)} ${ids.join(" ")}`;
    const first = this.#byKey.get(key);
    if (first) return first;
    this.#byKey.set(key, fresh);
    this.#id(fresh);
    return fresh;
  }

  #id(value: Value): number {
    let id = this.#ids.get(value);
    if (id === undefined) this.#ids.set(value, (id = this.#ids.size));
    return id;
  }
}

/** An equal graph with fewer and smaller equations. Results may differ in the last bits: sums are reordered. */
export function simplify(graph: Graph): Graph {
  const unique = new Unique();
  const outputs = rebuild(graph.outputs, new Map(graph.inputs.map((x) => [x, x])), (value, operands) =>
    // `unique` must see only rewritten equations: before the rewrite, factors may be in another order.
    value.op === "input" ? value : unique.of(rewrite({ ...value, inputs: operands })),
  );
  return foldTranspositions({ inputs: graph.inputs, outputs });
}

/**
 * Products that transpose their operands themselves, in graphs that have products over batches, as attention has. The
 * products of other networks are few, and stay what they were to the last bit.
 */
function foldTranspositions(graph: Graph): Graph {
  const isBatched = ({ op, shape }: Value): boolean => op === "matmul" && shape.length > 2;
  if (!topological(graph.outputs).some(isBatched)) return graph;
  const outputs = rebuild(graph.outputs, new Map(graph.inputs.map((x) => [x, x])), (value, operands) => {
    if (value.op === "input") return value;
    const same = operands.every((x, i) => x === value.inputs[i]) ? value : { ...value, inputs: operands };
    return foldedMatmul(same) ?? same;
  });
  return { inputs: graph.inputs, outputs };
}

/** The same named graph, simplified. */
export const simplified = <I, O>(named: NamedGraph<I, O>): NamedGraph<I, O> => ({
  ...named,
  graph: simplify(named.graph),
});
