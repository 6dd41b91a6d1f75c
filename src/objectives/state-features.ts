/** @file Features that do not depend on what is predicted: a student's internal states, the loss, who is trusted. */

import type { Internals } from "../models/student.ts";
import { fill } from "../ops/broadcast.ts";
import { mul } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { sizeOf } from "../tensor.ts";
import type { Feature, VectorFeature } from "./features.ts";
import { countOf } from "./shares.ts";

/** One feature for each internal state; all but I0 over the square root of their size. */
export function internalStates(internals: Internals<readonly number[]>): Record<string, Feature> {
  return Object.fromEntries(
    Object.entries(internals).map(([name, shape]) => [name, internalState(name, sizeOf(shape))] as const),
  );
}

function internalState(name: string, width: number): VectorFeature {
  return {
    kind: "vector",
    perClass: false,
    width,
    of(view) {
      const state = reshape(view.internals[name]!, [countOf(view), width]);
      return name === "I0" ? state : mul(state, 1 / Math.sqrt(width));
    },
  };
}

/** −ln p of what is given, and 1 for trusted examples. */
export const plainFeatures: Readonly<Record<"loss" | "trusted", Feature>> = {
  loss: { kind: "vector", perClass: false, width: 1, of: (view) => reshape(view.nll, [countOf(view), 1]) },
  trusted: {
    kind: "vector",
    perClass: false,
    width: 1,
    of: (view) => reshape(view.trusted ?? fill(0, [countOf(view)]), [countOf(view), 1]),
  },
};
