/**
 * @file Lowers per-channel affine combinations, Σᵢ scaleᵢ · xᵢ + offset, optionally followed by a ReLU, to a chain of
 * convolution nodes. Each node adds its term to the sum so far. A term that is a convolution needs no extra node; any
 * other term costs one pass over memory.
 */

import type { Value } from "../../../graph/value.ts";
import type { Term } from "./combination.ts";
import { combinationOf } from "./combination.ts";
import type { Finish } from "./convolution.ts";
import { convolutionOf, convolve, depthwise } from "./convolution.ts";
import type { Layouts } from "./layouts.ts";
import { quadOf } from "./layouts.ts";
import { weave } from "./weave.ts";

type Step = (finish: Finish) => string;

const isConvolution = ({ op }: Value): boolean =>
  op === "conv2d" || op === "conv2dInputGrad" || op === "slice" || op === "pad";

/** @param root an affine equation or a convolution @param relu the ReLU after it, if that absorbs `root` */
export function lowerCombination(layouts: Layouts, root: Value, relu?: Value): string {
  const [, C] = quadOf(root);
  const at = relu ?? root;
  const { terms, offset } = combinationOf(root, layouts.isAbsorbed);
  const own = (value: Value): boolean => value === root || layouts.isAbsorbed(value);
  const convolutions = terms.filter(({ value }) => isConvolution(value) && own(value));
  const arrays = terms.filter((term) => !convolutions.includes(term));

  const pair = plainPair(layouts, arrays, terms.length === 2 && !offset && !relu, at);
  if (pair) return pair;

  const steps: Step[] = [];
  let sum = phasedTerms(layouts, convolutions, root, steps);
  const dying = sum ? undefined : arrays.find(({ value, scale }) => !scale && layouts.diesAt(value, at));
  if (dying && terms.length > 1) sum = layouts.blocked(dying.value);
  for (const term of arrays) {
    if (term === dying && sum) continue;
    steps.push((finish) => depthwise(layouts, layouts.blocked(term.value), C, term.scale, finish));
  }
  if (steps.length === 0 && sum && (offset || relu)) {
    const only = sum;
    sum = undefined;
    steps.push((finish) => depthwise(layouts, only, C, undefined, finish));
  }
  steps.forEach((step, i) => {
    const isLast = i === steps.length - 1;
    sum = step({ sum, offset: isLast ? offset : undefined, relu: isLast && relu !== undefined });
  });
  return sum!;
}

/**
 * Turns convolution terms into steps. Terms that are computed as phases are summed as phases first, then woven into one
 * image.
 * @returns the name of that image, if there is one
 */
function phasedTerms(layouts: Layouts, terms: readonly Term[], root: Value, steps: Step[]): string | undefined {
  const [, C] = quadOf(root);
  const byStride = new Map<number, string>();
  let sum: string | undefined;
  for (const { value, scale } of terms) {
    const isSelection = value.op === "slice" || value.op === "pad";
    const convolution = convolutionOf(layouts, value, isSelection ? undefined : scale);
    if (isSelection && scale) {
      const made = convolve(layouts, convolution);
      const image = convolution.stride > 1 ? weave(layouts, made, root, convolution.stride) : made;
      steps.push((finish) => depthwise(layouts, image, C, scale, finish));
    } else if (convolution.stride > 1) {
      byStride.set(convolution.stride, convolve(layouts, convolution, { sum: byStride.get(convolution.stride) }));
    } else {
      steps.push((finish) => convolve(layouts, convolution, finish));
    }
  }
  for (const [stride, phases] of byStride) {
    const image = weave(layouts, phases, root, stride);
    if (sum === undefined) sum = image;
    else steps.push((finish) => depthwise(layouts, image, C, undefined, finish));
  }
  return sum;
}

/** a + b or a − b as one node instead of two, if both arrays have later readers; undefined if this does not apply. */
function plainPair(layouts: Layouts, arrays: readonly Term[], isPair: boolean, at: Value): string | undefined {
  if (!isPair || arrays.length !== 2) return undefined;
  const signs = arrays.map(({ scale }) => (scale === undefined ? 1 : scale.op === "fill" ? scale.attrs["value"] : 0));
  const [p, q] = arrays as [Term, Term];
  const names = [layouts.blocked(p.value), layouts.blocked(q.value)];
  const keeps = !arrays.some(({ value, scale }) => !scale && layouts.diesAt(value, at));
  if (signs[0] === 1 && signs[1] === 1 && keeps) return layouts.builder.node("Add", names);
  if (signs[0] === 1 && signs[1] === -1 && keeps) return layouts.builder.node("Sub", names);
  if (signs[0] === -1 && signs[1] === 1 && keeps) return layouts.builder.node("Sub", names.reverse());
  return undefined;
}
