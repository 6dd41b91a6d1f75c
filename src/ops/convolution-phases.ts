/**
 * @file The cotangent of a strided convolution's image as a plain convolution of g, with one set of kernels per phase.
 * Along one axis,
 *
 *     dx[h] = Σ { g[i] w[k] : i·stride + k − pad = h }
 *
 * Pixels h = stride·q + r of one phase r ∈ [0, stride) read g[q + δ] with the taps k = r + pad − stride·δ. So each
 * phase is a small convolution with stride 1. All phases together are one convolution with `stride` times the channels
 * for each axis. No time is spent on zeros between the pixels of g.
 */

/** One axis of the computation. */
export interface Phases {
  /** Extent of the phases' kernels. */
  readonly taps: number;
  /** Zeros around g. */
  readonly before: number;
  readonly after: number;
  /** Pixels per phase; stride · length ≥ the image's extent. */
  readonly length: number;
  /** Tap of the original kernel at position `u` of phase r's kernel; −1 for a zero. */
  tap(r: number, u: number): number;
}

/**
 * @param image extent of the image, @param g extent of g, @param kernel extent of the original kernel
 * @returns undefined if the padding is as wide as the kernel, so that some of g meets no pixel
 */
export function phasesOf(image: number, g: number, kernel: number, stride: number, pad: number): Phases | undefined {
  const first = Math.ceil((pad - kernel + 1) / stride);
  const last = Math.floor((stride - 1 + pad) / stride);
  const length = Math.ceil(image / stride);
  const after = length - 1 + last - (g - 1);
  if (first > 0 || after < 0) return undefined;
  return {
    taps: last - first + 1,
    before: -first,
    after,
    length,
    tap(r, u) {
      const k = r + pad - stride * (first + u);
      return k >= 0 && k < kernel ? k : -1;
    },
  };
}

/**
 * The source of each number in the phases' kernels: a position in the original taps `[KH · KW]`, or KH · KW for a zero.
 * The order is (phase along H, phase along W, tap along H, tap along W).
 */
export function phaseTaps(
  rows: Phases,
  columns: Phases,
  stride: number,
  [KH, KW]: readonly [number, number],
): number[] {
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const phases = upTo(stride);
  return phases.flatMap((p) =>
    phases.flatMap((q) =>
      upTo(rows.taps).flatMap((u) =>
        upTo(columns.taps).map((v) => {
          const [kh, kw] = [rows.tap(p, u), columns.tap(q, v)];
          return kh < 0 || kw < 0 ? KH * KW : kh * KW + kw;
        }),
      ),
    ),
  );
}
