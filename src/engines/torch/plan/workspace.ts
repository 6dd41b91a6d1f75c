/**
 * @file Workspace allocation: arrays whose lifetimes do not overlap may share bytes. The largest are placed first, each
 * at the lowest offset where it fits.
 */

/** An array's lifetime: from the first to the last unit that needs it, both included. */
export interface Life {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** In bytes: a cache line, and a vector register of AVX-512. */
const ALIGNMENT = 64;

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Offsets for arrays with the given lifetimes, and the workspace's size, all in bytes. */
export function placeInWorkspace(lives: readonly Life[]): { readonly offsets: number[]; readonly bytes: number } {
  const offsets = lives.map(() => 0);
  const placed: { life: Life; from: number; to: number }[] = [];
  let bytes = 0;
  const bySize = lives.map((life, i) => ({ life, i })).sort((a, b) => b.life.bytes - a.life.bytes || a.i - b.i);
  for (const { life, i } of bySize) {
    let at = 0;
    // `placed` is ordered by `from`.
    for (const { life: other, from, to } of placed) {
      if (other.last < life.first || life.last < other.first) continue;
      if (at + aligned(life.bytes) <= from) break;
      at = Math.max(at, to);
    }
    const spot = { life, from: at, to: at + aligned(life.bytes) };
    const index = placed.findIndex(({ from }) => from > at);
    placed.splice(index < 0 ? placed.length : index, 0, spot);
    offsets[i] = at;
    bytes = Math.max(bytes, spot.to);
  }
  return { offsets, bytes };
}
