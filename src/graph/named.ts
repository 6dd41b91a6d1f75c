/**
 * @file Graphs whose inputs and outputs have names. A form is a record of arrays, lists and further records; a
 * graph takes and gives its leaves in the order in which the form lists them.
 */

import { ShapeError } from "../errors.ts";
import type { Spec } from "../tensor.ts";
import type { Graph } from "./graph.ts";
import { trace } from "./graph.ts";
import type { Value } from "./value.ts";

/** Arrays, lists of them and records of them, nested. */
export type Form<Leaf> = Leaf | readonly Form<Leaf>[] | { readonly [name: string]: Form<Leaf> };

/** The same form with other leaves. */
export type Like<F, Leaf> = F extends Spec
  ? Leaf
  : F extends readonly (infer Member)[]
    ? readonly Like<Member, Leaf>[]
    : { readonly [Name in keyof F]: Like<F[Name], Leaf> };

/** A graph, and how its callers name what goes in and what comes out. */
export interface NamedGraph<I, O> {
  readonly graph: Graph;
  /**
   * The arrays of a form of inputs, in the graph's order, whatever the order of their names.
   * @throws ShapeError when one is missing
   */
  flatten<Leaf extends Spec>(inputs: Like<I, Leaf>): Leaf[];
  /** The form of the outputs, with what the graph gave. */
  unflatten<Leaf extends Spec>(outputs: readonly Leaf[]): Like<O, Leaf>;
}

/** Traces a function of named arrays. It must be pure, as for `trace`. */
export function traceNamed<I extends Form<Spec>, O extends Form<Spec>>(
  f: (inputs: Like<I, Value>) => O,
  specs: I,
): NamedGraph<I, O> {
  let outputs: Form<unknown> = [];
  const graph = trace((...values) => {
    const made = f(refill(specs, values) as Like<I, Value>);
    // The structure alone: leaves would keep the whole graph alive.
    outputs = replaceLeaves(made, () => undefined);
    return leavesOf(made) as Value[];
  }, leavesOf(specs));
  const inputs = replaceLeaves(specs, () => undefined);
  return {
    graph,
    flatten: <Leaf extends Spec>(arrays: Like<I, Leaf>) => pick<Leaf>(inputs, arrays, "graph"),
    unflatten: <Leaf extends Spec>(flat: readonly Leaf[]) => refill(outputs, flat) as Like<O, Leaf>,
  };
}

/** Whether something is a leaf: an array, or what stands for one in a structure. */
const isLeaf = (form: unknown): boolean =>
  form === undefined || Array.isArray((form as { readonly shape?: unknown }).shape);

function leavesOf<Leaf extends Spec>(form: Form<Leaf>): Leaf[] {
  if (isLeaf(form)) return [form as Leaf];
  return Object.values(form as Readonly<Record<string, Form<Leaf>>>).flatMap((member) => leavesOf(member));
}

/** The leaves of a form where `structure` has them. */
function pick<Leaf>(structure: unknown, form: unknown, path: string): Leaf[] {
  if (structure === undefined) {
    if (!isLeaf(form) || form === undefined) throw new ShapeError(`${path}: expected an array, got none`);
    return [form as Leaf];
  }
  const [wanted, got] = [Object.keys(structure as object), (form ?? {}) as Readonly<Record<string, unknown>>];
  if (Array.isArray(structure) && Object.keys(got).length !== wanted.length) {
    throw new ShapeError(`${path}: expected ${wanted.length} arrays, got ${Object.keys(got).length}`);
  }
  return wanted.flatMap((name) => pick<Leaf>((structure as typeof got)[name], got[name], `${path}.${name}`));
}

function replaceLeaves(form: unknown, leaf: () => unknown): Form<unknown> {
  if (isLeaf(form)) return leaf();
  if (Array.isArray(form)) return form.map((member: unknown) => replaceLeaves(member, leaf));
  return Object.fromEntries(
    Object.entries(form as object).map(([name, member]: [string, unknown]) => [name, replaceLeaves(member, leaf)]),
  );
}

function refill<Leaf>(form: unknown, flat: readonly Leaf[]): Form<unknown> {
  let next = 0;
  return replaceLeaves(form, () => flat[next++]);
}
