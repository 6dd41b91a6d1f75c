/**
 * @file The kernel's cotangent as one blocked convolution. Examples take the place of channels (in blocks of B), g is
 * the kernel, and B channels of x lie side by side along the image's width, so that B columns are one pixel:
 *
 *     result column kw · B + c, row kh, image cb, channel o  =  dw[o, cb · B + c, kh, kw]
 *
 * The convolution does all the arithmetic, at full speed; the nodes around it move x and g once each.
 */

import type { Value } from "../../../graph/value.ts";
import type { ModelBuilder } from "../builder.ts";
import type { Layouts } from "./layouts.ts";
import { blockedNode, fitsBlocks, quadOf } from "./layouts.ts";

const attr = (value: Value, name: string): number => value.attrs[name] as number;

/** Extents of the computation. */
interface Extents {
  readonly N: number;
  /** Blocks of examples. */
  readonly NB: number;
  readonly O: number;
  readonly OB: number;
  readonly OH: number;
  readonly OW: number;
  readonly KH: number;
  readonly KW: number;
  readonly H: number;
  /** Width with padding. */
  readonly width: number;
  /** Blocks of channels, and channels in each; C < B gives one block of C. */
  readonly CB: number;
  readonly c: number;
  readonly stride: number;
  readonly pad: number;
  /** Zeros below and right of the image that make room for the last tap. */
  readonly below: number;
  readonly right: number;
}

/** Whether a conv2dWeightGrad can run on blocked operands. */
export function weightGradRunsBlocked(value: Value, block: number): boolean {
  const [x, g] = value.inputs as [Value, Value];
  return fitsBlocks(g, block) && (fitsBlocks(x, block) || x.shape[1]! < block);
}

function extentsOf(value: Value, block: number): Extents {
  const [N, C, H, W] = quadOf(value.inputs[0]!);
  const [, O, OH, OW] = quadOf(value.inputs[1]!);
  const [, , KH, KW] = quadOf(value);
  const [stride, pad] = [attr(value, "stride"), attr(value, "pad")];
  const right = Math.max(0, (OW - 1) * stride + KW - pad - W);
  const below = Math.max(0, (OH - 1) * stride + KH - pad - H);
  const [CB, c] = C < block ? [1, C] : [C / block, block];
  const width = W + pad + right;
  return { N, NB: Math.ceil(N / block), O, OB: O / block, OH, OW, KH, KW, H, width, CB, c, stride, pad, below, right };
}

/** The kernel's cotangent, plain. */
export function lowerWeightGrad(layouts: Layouts, value: Value): string {
  const { builder: g, block, threads } = layouts;
  const e = extentsOf(value, block);
  const groups = groupsFor(e, threads);
  const images = examplesAsChannels(layouts, value.inputs[0]!, e);
  const kernel = kernelOf(layouts, value.inputs[1]!, e, groups);
  let taps = blockedNode(g, "Conv", [images, kernel], {
    attributes: {
      kernel_shape: [e.OH, e.OW],
      dilations: [e.stride, e.stride * e.c],
      pads: [e.pad, 0, e.below, 0],
      group: groups,
    },
  });
  // If the stride leaves pixels over, the result has more rows and columns than the kernel has taps.
  const height = e.H + e.pad + e.below - (e.OH - 1) * e.stride;
  const width = e.width - (e.OW - 1) * e.stride;
  const line = e.c * block;
  taps = g.node("Reshape", [taps, g.ints([e.CB, groups, e.OB, height, width * line])]);
  if (height !== e.KH || width !== e.KW) {
    taps = g.node("Slice", [taps, g.ints([0, 0]), g.ints([e.KH, e.KW * line]), g.ints([3, 4])]);
  }
  if (groups > 1) taps = g.node("ReduceSum", [taps, g.ints([1])], { attributes: { keepdims: 0 } });
  const apart = g.node("Reshape", [taps, g.ints([e.CB, e.OB, e.KH, e.KW, e.c, block])]);
  const ordered = g.node("Transpose", [apart], { attributes: { perm: [1, 5, 0, 4, 2, 3] } });
  return g.node("Reshape", [ordered, g.ints(value.shape)]);
}

/**
 * The number of groups into which the batch is split. Threads share work by rows of the result, four blocks of O at a
 * time. With few such units, summing parts of the batch in separate groups keeps all threads busy. The choice is the
 * smallest number of groups whose idle time is within 5 % of the best.
 */
function groupsFor({ NB, CB, KH, OB }: Extents, threads: number): number {
  const idle = (groups: number): number => {
    const units = CB * KH * Math.ceil(OB / 4) * groups;
    return (Math.ceil(units / threads) * threads) / units;
  };
  const choices = Array.from({ length: NB }, (_, i) => i + 1).filter((groups) => NB % groups === 0);
  const best = Math.min(...choices.map(idle));
  return choices.find((groups) => idle(groups) <= best * 1.05)!;
}

/** x as `[CB, NB · B, H, width · c]` in blocks of examples: memory `[CB, NB, H, width · c, B]`. */
function examplesAsChannels(layouts: Layouts, x: Value, e: Extents): string {
  const { builder: g, block } = layouts;
  const size = e.CB * e.H * e.width * e.c;
  let padded = paddedRows(layouts, x, e);
  const multiple = Math.ceil(e.N / 4) * 4;
  if (multiple !== e.N) {
    // ReorderInput needs a multiple of four, and fills the last block with zeros itself.
    const flat = g.node("Reshape", [padded, g.ints([e.N, size])]);
    padded = g.node("Pad", [flat, g.ints([0, 0, multiple - e.N, 0])]);
  }
  const rows = g.node("Reshape", [padded, g.ints([1, multiple, e.CB * e.H, e.width * e.c])]);
  let blocks = blockedNode(g, "ReorderInput", [rows]);
  if (e.CB > 1) {
    const apart = g.node("Reshape", [blocks, g.ints([e.NB, e.CB, (size / e.CB) * block])]);
    blocks = g.node("Transpose", [apart], { attributes: { perm: [1, 0, 2] } });
  }
  return g.node("Reshape", [blocks, g.ints([e.CB, e.NB * block, e.H, e.width * e.c])]);
}

/** x with zeros left and right, channels last within each block. */
function paddedRows(layouts: Layouts, x: Value, { CB, c, pad, right }: Extents): string {
  const { builder: g, block } = layouts;
  const C = CB * c;
  if (c < block) {
    const last = g.node("Transpose", [layouts.plain(x)], { attributes: { perm: [0, 2, 3, 1] } });
    return pad + right === 0 ? last : g.node("Pad", [last, g.ints([0, 0, pad, 0, 0, 0, right, 0])]);
  }
  if (pad + right === 0) return layouts.blocked(x);
  const ones = g.floats(new Array<number>(C).fill(1), [C, 1, 1, 1]);
  const attributes = { kernel_shape: [1, 1], group: C, pads: [0, pad, 0, right] };
  return blockedNode(g, "Conv", [layouts.blocked(x), ones], { attributes });
}

/**
 * g as the kernel `[groups · O, NB · B / groups, OH, OW]`, with the memory
 * `[groups, OB, NB / groups, OH, OW, B of N, B of O]`.
 */
function kernelOf({ builder: g, block, blocked }: Layouts, cotangent: Value, e: Extents, groups: number): string {
  const pixels = e.OH * e.OW;
  const rows = g.node("Reshape", [blocked(cotangent), g.ints([e.N * e.OB * pixels, block])]);
  const index = kernelIndex(g, e, groups, block);
  const chosen = g.node("Gather", [rows, index], { attributes: { axis: 0 } });
  return g.node("Reshape", [chosen, g.ints([groups * e.O, (e.NB * block) / groups, e.OH, e.OW])]);
}

function kernelIndex(g: ModelBuilder, { N, NB, OB, OH, OW }: Extents, groups: number, block: number): string {
  const pixels = OH * OW;
  return g.indices(`weight gradient ${[N, OB, pixels, groups].join()}`, () => {
    const from: number[] = [];
    for (let group = 0; group < groups; group++) {
      for (let o = 0; o < OB; o++) {
        for (let nb = (group * NB) / groups; nb < ((group + 1) * NB) / groups; nb++) {
          for (let pixel = 0; pixel < pixels; pixel++) {
            for (let n = nb * block; n < (nb + 1) * block; n++) {
              // Beyond the batch any row will do, because x is zero there.
              from.push(n < N ? (n * OB + o) * pixels + pixel : 0);
            }
          }
        }
      }
    }
    return from;
  });
}
