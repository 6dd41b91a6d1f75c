/**
 * @file Uniform noise: with probability p a label is redrawn from *all* classes, C = (1 − p) I + (p/K) 11ᵀ. The true
 * class is among them, so a share p (1 − 1/K) of the labels becomes wrong.
 */

import { drawnNoise } from "./drawn.ts";

export const uniform = drawnNoise(
  "uniform",
  { unif: "uniform", sym: "uniform", symmetric: "uniform" },
  ({ classes }) => [...classes.keys()],
);
