/** @file Tile instructions: a pass as loads, operations, stores and sums over a domain [N, M, C]. */

import type { Value } from "../../../graph/value.ts";
import type { TileInstruction, Triple } from "../program.ts";
import { domainOf } from "./layout.ts";
import type { Operand, Roles } from "./roles.ts";
import { BFLOAT16, keptAxes, operandOf } from "./roles.ts";

interface Load {
  readonly from: Value;
  /** For each axis of the domain: whether the load repeats along it. */
  readonly repeats: readonly boolean[];
}

/** An operand, before loads, constants and results of ops get their common numbering. */
interface Reference {
  readonly of: "loads" | "constants" | "ops";
  readonly at: number;
}

/** The loads, constants and operations of a pass. */
class Recipe {
  readonly loads: Load[] = [];
  readonly constants: number[] = [];
  readonly ops: { readonly op: string; readonly operands: readonly Reference[] }[] = [];
  readonly results = new Map<Value, Reference>();
  readonly #roles: Roles;
  readonly #stored: ReadonlySet<Value>;
  readonly #computed = new Map<Value, Reference>();
  readonly #placed = new Map<string, Reference>();

  constructor(pass: readonly Value[], roles: Roles, stored: ReadonlySet<Value>) {
    this.#roles = roles;
    this.#stored = stored;
    for (const result of pass) {
      const isSum = roles(result) === "sum";
      this.results.set(result, isSum ? this.#operand(result.inputs[0]!) : this.#compute(result));
    }
  }

  #operand(value: Value): Reference {
    const operand = operandOf(value, this.#roles, this.#stored);
    if (operand.kind === "computed") return this.#compute(operand.value);
    if (operand.kind === "load" && this.#computed.has(operand.from) && !operand.repeats.includes(true)) {
      return this.#computed.get(operand.from)!;
    }
    return this.#place(operand);
  }

  #place(operand: Exclude<Operand, { kind: "computed" }>): Reference {
    if (operand.kind === "constant") {
      return this.#once(`constant ${operand.value}`, "constants", () => this.constants.push(operand.value));
    }
    const known = this.loads.findIndex(
      ({ from, repeats }) => from === operand.from && repeats.join() === operand.repeats.join(),
    );
    if (known >= 0) return { of: "loads", at: known };
    return { of: "loads", at: this.loads.push(operand) - 1 };
  }

  #once(key: string, of: Reference["of"], push: () => number): Reference {
    let reference = this.#placed.get(key);
    if (!reference) this.#placed.set(key, (reference = { of, at: push() - 1 }));
    return reference;
  }

  #compute(value: Value): Reference {
    const known = this.#computed.get(value);
    if (known) return known;
    const operands = value.inputs.map((x) => this.#operand(x));
    // The store does the rounding.
    const reference: Reference =
      value.op === BFLOAT16 ? operands[0]! : { of: "ops", at: this.ops.push({ op: value.op, operands }) - 1 };
    this.#computed.set(value, reference);
    return reference;
  }
}

/** A pass whose domain is merged into the three axes N, M, C. */
export interface Collapsed {
  readonly recipe: Recipe;
  readonly extents: Triple;
  /** For each axis of the domain: 0, 1 or 2 for N, M or C. */
  readonly places: readonly number[];
}

/**
 * Merges neighbouring axes that all operands and sums treat alike.
 * @returns undefined if more than three axes are left, or a sum would keep the middle one
 */
export function collapse(pass: readonly Value[], roles: Roles, stored: ReadonlySet<Value>): Collapsed | undefined {
  const recipe = new Recipe(pass, roles, stored);
  const sums = pass.filter((result) => roles(result) === "sum").map(keptAxes);
  const [first] = pass as [Value];
  const domain = domainOf(roles(first) === "sum" ? first.inputs[0]!.shape : first.shape);
  const marks = [...recipe.loads.map(({ repeats }) => repeats), ...sums];
  const runs: number[] = domain.map(() => 0);
  for (let axis = 1; axis < domain.length; axis++) {
    runs[axis] = runs[axis - 1]! + (marks.every((mark) => mark[axis] === mark[axis - 1]) ? 0 : 1);
  }
  const count = domain.length === 0 ? 0 : runs.at(-1)! + 1;
  if (count > 3) return undefined;
  // One axis becomes C. Two become M and C, or N and C if a sum keeps the first.
  const keepsFirst = sums.some((kept) => kept[0]);
  const seats = count === 3 ? [0, 1, 2] : count === 2 ? [keepsFirst ? 0 : 1, 2] : [2];
  const places = runs.map((run) => seats[run]!);
  if (sums.some((kept) => kept.some((keeps, axis) => keeps && places[axis] === 1))) return undefined;
  const extents = [1, 1, 1];
  domain.forEach((extent, axis) => (extents[places[axis]!]! *= extent));
  return { recipe, extents: extents as unknown as Triple, places };
}

/** @param slotOf the slot of a value with memory */
export function tileInstruction(
  { recipe, extents, places }: Collapsed,
  pass: readonly Value[],
  roles: Roles,
  slotOf: (value: Value) => number,
  equation: string,
): TileInstruction {
  const base = { loads: 0, constants: recipe.loads.length, ops: recipe.loads.length + recipe.constants.length };
  const number = ({ of, at }: Reference): number => base[of] + at;
  const operandOfResult = (result: Value): number => number(recipe.results.get(result)!);
  const isSum = (result: Value): boolean => roles(result) === "sum";
  return {
    kind: "tile",
    equation,
    extents,
    loads: recipe.loads.map(({ from, repeats }) => ({
      slot: slotOf(from),
      strides: strides(extents, places, repeats),
    })),
    constants: recipe.constants,
    ops: recipe.ops.map(({ op, operands: [a, b] }) => ({ op, a: number(a!), b: b ? number(b) : -1 })),
    stores: pass
      .filter((result) => !isSum(result))
      .map((result) => ({
        slot: slotOf(result),
        operand: operandOfResult(result),
        bfloat16: result.op === BFLOAT16,
      })),
    sums: pass.filter(isSum).map((result) => {
      const kept = keptAxes(result);
      const keeps = (place: number): boolean => kept.some((keep, axis) => keep && places[axis] === place);
      return { slot: slotOf(result), operand: operandOfResult(result), keepN: keeps(0), keepC: keeps(2) };
    }),
  };
}

/** Elements between an operand's neighbours along N, M and C; 0 along axes that it repeats. */
function strides(extents: Triple, places: readonly number[], repeats: readonly boolean[]): Triple {
  const result = [0, 0, 0];
  let step = 1;
  for (const place of [2, 1, 0]) {
    const axis = places.indexOf(place);
    if (axis < 0 || repeats[axis]) continue;
    result[place] = step;
    step *= extents[place]!;
  }
  return result as unknown as Triple;
}
