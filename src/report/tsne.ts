/**
 * @file Points of many dimensions on a plane, by t-SNE (van der Maaten & Hinton, "Visualizing Data using t-SNE", JMLR 2008).
 *
 * The library is druid: of those on npm that run in Node it alone is maintained, takes a seed and has tests; its inner loop is WebAssembly.
 * tsne-js and the ports of tsnejs draw from Math.random and have rested for years; wasm-bhtsne, faster on many points, needs a browser's
 * workers. It computes all pairs, so the sample should stay at a few thousand.
 */

import { TSNE } from "@saehrimnir/druidjs";

export interface MapOptions {
  readonly seed: number;
  /** About how many neighbours a point has; lowered for few points. */
  readonly perplexity?: number;
  readonly iterations?: number;
}

/** A place on the plane for each point. */
export function tsne(
  points: readonly ArrayLike<number>[],
  { seed, perplexity = 30, iterations = 1000 }: MapOptions,
): { readonly x: number; readonly y: number }[] {
  const rows = points.map((point) => Array.from(point));
  const fitting = Math.min(perplexity, (points.length - 1) / 3);
  const places = new TSNE(rows, { d: 2, perplexity: fitting, seed }).transform(iterations);
  return places.map(([x, y]) => ({ x: x!, y: y! }));
}
