/** @file The noise models, by name. A new one is a file of its own and a line here. */

import { cifarN } from "./cifar-n.ts";
import { flip1, flip2 } from "./flip.ts";
import { given } from "./given.ts";
import { none } from "./none.ts";
import type { NoiseModel } from "./noise.ts";
import { uniform } from "./uniform.ts";

export const noiseModels: readonly NoiseModel[] = [none, uniform, flip1, flip2, given, cifarN];
