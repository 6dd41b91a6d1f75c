/** @file Vectors of the places of a sequence, as constants of a graph. */

import { ShapeError } from "../errors.ts";
import type { Value } from "../graph/value.ts";
import { apply, defineOp, result } from "./define.ts";

/** The number of the first place: those before belong to padding, as in fairseq. */
const FIRST = 2;
const LONGEST_WAVE = 10_000;

interface PlaceAttrs {
  readonly places: number;
  readonly width: number;
  readonly [name: string]: number;
}

function vectors({ places, width }: PlaceAttrs): Float64Array {
  const waves = Math.floor(width / 2);
  const data = new Float64Array(places * width);
  for (let place = 0; place < places; place++) {
    for (let wave = 0; wave < waves; wave++) {
      const angle = (place + FIRST) * Math.exp((-wave * Math.log(LONGEST_WAVE)) / (waves - 1));
      data[place * width + wave] = Math.sin(angle);
      data[place * width + waves + wave] = Math.cos(angle);
    }
  }
  return data;
}

const placeVectorsOp = defineOp({
  name: "placeVectors",
  torch: "row",
  kind: "constant",
  infer(_inputs, { places, width }: PlaceAttrs) {
    if (width < 4) throw new ShapeError(`placeVectors: expected a width of at least 4, got ${width}`);
    return { shape: [places, width], dtype: "float" };
  },
  evaluate: (_inputs, attrs, spec) => result(spec, vectors(attrs)),
  onnx: (g, { attrs, result: { shape } }) => g.floats(Array.from(vectors(attrs)), shape),
});

/**
 * Vectors of the places 0 … `places` − 1, `[places, width]`: sines and then cosines of waves whose lengths grow from 2π
 * to 2π · 10,000 (Vaswani et al. 2017). As in fairseq the first place is the number 2. Of an odd width the last number is 0.
 * @param width at least 4 @throws ShapeError for less
 */
export function placeVectors(places: number, width: number): Value {
  return apply(placeVectorsOp, [], { places, width });
}

export const placeOps = [placeVectorsOp] as const;
