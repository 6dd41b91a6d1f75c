/** @file Masks of dropout: random numbers inside a graph, as a pure function of a key, a site and a place. */

import { ConfigError, ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import { philox } from "../random.ts";
import { sameShape, sizeOf } from "../tensor.ts";
import { apply, defineOp, expectDtype, result } from "./define.ts";
import { show } from "./strides.ts";

/** Bits of one element: rates are multiples of 2⁻¹⁶. */
const LEVELS = 0x10000;
/** Elements that one block of four words gives. */
const PER_BLOCK = 8;

/** 16 bits from this number on keep an element. */
const thresholdOf = (rate: number): number => Math.round(LEVELS * rate);

interface MaskAttrs {
  readonly shape: readonly number[];
  readonly rate: number;
  readonly site: number;
  readonly [name: string]: number | readonly number[];
}

/** Fills `to` with the mask's elements. Kept ones are a 32-bit float, so that all engines have the same number. */
function fillMask<To extends Float32Array | Float64Array>(to: To, key: ArrayLike<number>, attrs: MaskAttrs): To {
  const threshold = thresholdOf(attrs.rate);
  const scale = Math.fround(LEVELS / (LEVELS - threshold));
  const counter = Uint32Array.of(0, key[2]!, attrs.site, key[3]!);
  const words = new Uint32Array(PER_BLOCK / 2);
  for (let at = 0; at < to.length; counter[0]!++) {
    philox(counter, key, words);
    for (let half = 0; half < PER_BLOCK && at < to.length; half++, at++) {
      const bits = half % 2 === 0 ? words[half >> 1]! & 0xffff : words[half >> 1]! >>> 16;
      to[at] = bits >= threshold ? scale : 0;
    }
  }
  return to;
}

const keepMaskOp = defineOp({
  name: "keepMask",
  torch: "row",
  kind: "constant",
  infer([key], { shape, rate, site }: MaskAttrs) {
    expectDtype("keepMask", "int", key!);
    if (!sameShape(key!.shape, [4])) throw new ShapeError(`keepMask: expected key [4], got ${show(key!.shape)}`);
    if (!(rate >= 0 && thresholdOf(rate) < LEVELS)) {
      throw new ConfigError(`keepMask: expected a rate from 0 to less than 1, got ${rate}`);
    }
    if (!Number.isInteger(site) || site < 0 || site >= 2 ** 32) {
      throw new ConfigError(`keepMask: expected a site in [0, 2³²), got ${site}`);
    }
    return { shape, dtype: "float" };
  },
  evaluate: ([key], attrs, spec) => result(spec, fillMask(new Float64Array(sizeOf(spec.shape)), key!.data, attrs)),
  onnx: (g, equation) =>
    g.host(equation, ([key]) => fillMask(new Float32Array(sizeOf(equation.result.shape)), key!.data, equation.attrs)),
});

/**
 * A mask of dropout: 1/(1 − rate) where an element is kept and 0 elsewhere; no derivative. The rate is rounded to
 * a multiple of 2⁻¹⁶, so that the mean is 1. The same key and site give the same mask, bit for bit, on every engine.
 * On the ONNX engine the key must be an input of the graph.
 *
 * Element e is kept when 16 bits of Philox4x32-10 reach 65536 · rate: word (e >> 1) % 4 of block e >> 3, its lower half
 * first, of the stream that `stepKey` tells.
 * @param key `[4]` from `stepKey`: an input, so that a step can be replayed
 * @param mask `rate` in [0, 1): the share of elements dropped; `site`: an integer in [0, 2³²) for each place of a network
 * @throws ConfigError for a rate or a site outside its range
 */
export function keepMask(
  key: Value,
  shape: readonly number[],
  { rate, site }: { readonly rate: number; readonly site: number },
): Value {
  return apply(keepMaskOp, [key], { shape, rate, site });
}

export const keepMaskOps = [keepMaskOp] as const;
