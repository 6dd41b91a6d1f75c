/** @file The interface of features: what a teacher may see of an example. */

import type { Value } from "../graph/value.ts";
import type { View } from "./view.ts";

interface Common {
  /** Whether its numbers belong to classes, so that a teacher only goes to runs that have the same classes. */
  readonly perClass: boolean;
}

/** Numbers of an example, which a teacher's layers read. */
export interface VectorFeature extends Common {
  readonly kind: "vector";
  /** Numbers for each example. */
  readonly width: number;
  /** `[N, width]` */
  of(view: View): Value;
}

/**
 * A term that is linear in a matrix of the teacher and stands beside its layers: how well an example fits its
 * label.
 */
export interface PairFeature extends Common {
  readonly kind: "pair";
  /** Of the matrix. */
  readonly shape: readonly [rows: number, columns: number];
  /** `[N, 1]` */
  term(view: View, matrix: Value): Value;
}

/** A feature; it passes no gradient that the view does not. */
export type Feature = VectorFeature | PairFeature;
