/** @file Trees: nested records of named leaves, such as parameters and optimiser state. */

import { ShapeError } from "./errors.ts";

/** A leaf, or a record of trees. Leaves need a `shape`, by which `isLeaf` tells them from records. */
export type Tree<Leaf> = Leaf | { readonly [name: string]: Tree<Leaf> };

/** Named arrays in a fixed order, such as those of one batch. Graphs take them in the order of their names here. */
export type Arrays<Leaf> = Readonly<Record<string, Leaf>>;

/** Leaves are anything that has a shape: graph values, host tensors, engine tensors. */
export interface Shaped {
  readonly shape: readonly number[];
}

export function isLeaf<Leaf extends Shaped>(tree: Tree<Leaf>): tree is Leaf {
  return Array.isArray((tree as Shaped).shape);
}

/** Leaves with their dotted paths, in insertion order: `stage1.0.conv1.weight`. A bare leaf has the path `""`. */
export function entries<Leaf extends Shaped>(tree: Tree<Leaf>, prefix = ""): [path: string, leaf: Leaf][] {
  if (isLeaf(tree)) return [[prefix, tree]];
  return Object.entries(tree).flatMap(([name, child]) => entries(child, prefix === "" ? name : `${prefix}.${name}`));
}

/** The leaves alone, in the order of `entries`. */
export function leaves<Leaf extends Shaped>(tree: Tree<Leaf>): Leaf[] {
  return entries(tree).map(([, leaf]) => leaf);
}

/** A tree of the same structure with other leaves, taken in the order of `entries`. */
export function unflatten<Leaf extends Shaped, Other extends Shaped>(
  like: Tree<Leaf>,
  flat: readonly Other[],
): Tree<Other> {
  const count = leaves(like).length;
  if (flat.length !== count) throw new ShapeError(`unflatten: expected ${count} leaves, got ${flat.length}`);
  let next = 0;
  const build = (node: Tree<Leaf>): Tree<Other> =>
    isLeaf(node)
      ? flat[next++]!
      : Object.fromEntries(Object.entries(node).map(([name, child]) => [name, build(child)]));
  return build(like);
}

/** Applies `f` to every leaf, keeping the structure. */
export function mapTree<Leaf extends Shaped, Other extends Shaped>(
  tree: Tree<Leaf>,
  f: (leaf: Leaf, path: string) => Other,
): Tree<Other> {
  return unflatten(
    tree,
    entries(tree).map(([path, leaf]) => f(leaf, path)),
  );
}

/** The subtree called `name`. @throws ShapeError naming the members if there is no such subtree */
export function child<Leaf extends Shaped>(tree: Tree<Leaf>, name: string): Tree<Leaf> {
  const found = isLeaf(tree) ? undefined : tree[name];
  if (found === undefined) {
    const have = isLeaf(tree) ? "a leaf" : `{ ${Object.keys(tree).join(", ")} }`;
    throw new ShapeError(`tree: expected a member "${name}", got ${have}`);
  }
  return found;
}

/** The leaf called `name`. @throws ShapeError if it is missing or a record */
export function leaf<Leaf extends Shaped>(tree: Tree<Leaf>, name: string): Leaf {
  const found = child(tree, name);
  if (!isLeaf(found)) throw new ShapeError(`tree: expected "${name}" to be a leaf, got a record`);
  return found;
}
