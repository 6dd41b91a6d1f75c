/** @file Weaves the phases of an image together: phase (p, q) holds the pixels (stride · i + p, stride · j + q). */

import type { Value } from "../../../graph/value.ts";
import type { Layouts } from "./layouts.ts";
import { quadOf } from "./layouts.ts";

/**
 * @param phases name of a blocked array `[N, stride² · C, ⌈H / stride⌉, ⌈W / stride⌉]`
 * @returns name of the blocked array of `value`'s shape
 */
export function weave({ builder: g, block }: Layouts, phases: string, value: Value, stride: number): string {
  const [N, C, H, W] = quadOf(value);
  const [blocks, rows, columns] = [C / block, Math.ceil(H / stride), Math.ceil(W / stride)];
  const index = g.indices(`weave ${[blocks, H, W, stride].join()}`, () => {
    const from: number[] = [];
    for (let c = 0; c < blocks; c++) {
      for (let h = 0; h < H; h++) {
        for (let w = 0; w < W; w++) {
          const phase = (h % stride) * stride + (w % stride);
          from.push(((phase * blocks + c) * rows + Math.floor(h / stride)) * columns + Math.floor(w / stride));
        }
      }
    }
    return from;
  });
  const apart = g.node("Reshape", [phases, g.ints([N, stride * stride * blocks * rows * columns, block])]);
  const woven = g.node("Gather", [apart, index], { attributes: { axis: 1 } });
  return g.node("Reshape", [woven, g.ints([N, C, H, W])]);
}
