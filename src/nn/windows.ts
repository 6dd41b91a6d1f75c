/** @file Convolution over the places of sequences, with its maximum over time (Kim 2014). */

import type { Value } from "../graph/value.ts";
import type { Key } from "../initial.ts";
import { uniformTensor } from "../initial.ts";
import { add, relu } from "../ops/elementwise.ts";
import { matmul } from "../ops/matmul.ts";
import { reshape, slice, transpose } from "../ops/movement.ts";
import { max } from "../ops/reduce.ts";
import type { Tree } from "../tree.ts";
import { leaf } from "../tree.ts";
import type { Layer, Variables } from "./layer.ts";
import { linear } from "./linear.ts";

/** A window of places as a pair of pure functions. */
export interface Windows {
  init(key: Key): Variables;
  /** x `[N, T, width]`, T at least the window's places → `[N, maps]`. */
  apply(params: Tree<Value>, x: Value): Value;
}

/**
 *     y = max over t of relu([x_t … x_{t + places − 1}] W + b)
 *
 * over all windows inside the sequence. W is `[places · width, maps]` and starts, as b does, within ±1/√(places · width).
 */
export function windows(places: number, width: number, maps: number): Windows {
  const layer: Layer = linear(places * width, maps, (key, shape) => uniformTensor(key, shape, shape[0] ** -0.5));
  return {
    init: (key) => layer.init(key),
    apply(params, x) {
      const [N, T] = x.shape as [number, number];
      const inside = T - places + 1;
      // One product for all places of a window, whose parts are then shifted: no array has the vectors several times.
      const weight = transpose(reshape(leaf(params, "weight"), [places, width, maps]), [1, 0, 2]);
      const parts = matmul(reshape(x, [N * T, width]), reshape(weight, [width, places * maps]));
      const shifted = Array.from({ length: places }, (_, i) =>
        slice(reshape(parts, [N, T, places * maps]), { start: [0, i, i * maps], size: [N, inside, maps] }),
      );
      // A bias that all windows share, and ReLU, which is monotone, may follow the maximum.
      const largest = reshape(max(shifted.reduce(add), [1]), [N, maps]);
      return relu(add(largest, leaf(params, "bias")));
    },
  };
}
