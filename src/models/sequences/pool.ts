/** @file Numbers of places brought together for each sequence. */

import type { Value } from "../../graph/value.ts";
import { expand, fill, sum } from "../../ops/broadcast.ts";
import { add, equal, mul, reciprocal } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/movement.ts";

/** Numbers of real places, `[N]`: real `[N, T]` 1 where there is a token, else 0. */
export const countPlaces = (real: Value): Value => reshape(sum(real, [1]), [real.shape[0]!]);

/** Mean over the real places of each sequence, `[N, width]`, 0 where there is none: x `[N · T, width]`, real `[N, T]`. */
export function meanOverPlaces(x: Value, real: Value): Value {
  const [N, T] = real.shape as [number, number];
  const width = x.shape[1]!;
  const total = sum(mul(reshape(x, [N, T, width]), reshape(real, [N, T, 1])), [1]);
  const count = sum(real, [1]);
  const divisor = add(count, equal(count, fill(0, count.shape)));
  return mul(reshape(total, [N, width]), expand(reciprocal(divisor), [N, width]));
}
