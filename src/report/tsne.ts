/**
 * @file Maps points of many dimensions to a plane, by t-SNE (van der Maaten & Hinton, "Visualizing Data using t-SNE",
 * JMLR 2008).
 *
 * The library is druid, the only one on npm that runs in Node, is maintained, takes a seed and has tests. Its inner
 * loop is WebAssembly. tsne-js and the ports of tsnejs draw from Math.random and have not been maintained for years;
 * wasm-bhtsne, faster on many points, needs a browser's workers. druid computes all pairs, so the sample should stay
 * at a few thousand.
 */

import { TSNE } from "@saehrimnir/druidjs";

export interface MapOptions {
  readonly seed: number;
  /** Effective number of neighbours of a point; lowered for few points. */
  readonly perplexity?: number;
  readonly iterations?: number;
}

/** Coordinates on the plane for each point. */
export function tsne(
  points: readonly ArrayLike<number>[],
  { seed, perplexity = 30, iterations = 1000 }: MapOptions,
): { readonly x: number; readonly y: number }[] {
  const rows = points.map((point) => Array.from(point));
  const fitting = Math.min(perplexity, (points.length - 1) / 3);
  const places = new TSNE(rows, { d: 2, perplexity: fitting, seed }).transform(iterations);
  return places.map(([x, y]) => ({ x: x!, y: y! }));
}
