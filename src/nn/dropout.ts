/** @file Dropout (Srivastava et al. 2014) with masks that can be replayed. */

import type { Value } from "../graph/value.ts";
import { mul } from "../ops/elementwise.ts";
import { keepMask } from "../ops/keep-mask.ts";
import { hash32 } from "../random.ts";

/**
 * x with a share `rate` of its elements set to 0 and the others divided by 1 − rate; x itself at rate 0.
 * @param rate in [0, 1)
 * @param key `[4]` of this step (`stepKey`); the same key drops the same elements
 * @param site the path of the place in the network: other places drop other elements
 * @throws ConfigError for a rate outside its range
 */
export function dropout(x: Value, rate: number, key: Value, site: string): Value {
  return rate === 0 ? x : mul(x, keepMask(key, x.shape, { rate, site: hash32(site) }));
}
