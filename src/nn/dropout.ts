/** @file Dropout (Srivastava et al. 2014) with masks that can be replayed. */

import type { Value } from "../graph/value.ts";
import { mul } from "../ops/elementwise.ts";
import { keepMask } from "../ops/keep-mask.ts";
import { hash32 } from "../random.ts";
import type { PassContext } from "./layer.ts";
import { childRng } from "./layer.ts";

/**
 * x with a share `rate` of its elements set to 0 and the others divided by 1 − rate; x itself at rate 0, and in a pass
 * without randomness.
 * @param rate in [0, 1)
 * @param name of the place in its layer; other places, by path and name, drop other elements
 * @throws ConfigError for a rate outside its range
 */
export function dropout(x: Value, rate: number, { rng }: Pick<PassContext, "rng">, name: string): Value {
  if (!rng || rate === 0) return x;
  const { key, path } = childRng(rng, name);
  return mul(x, keepMask(key, x.shape, { rate, site: hash32(path) }));
}
