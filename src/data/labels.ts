/**
 * @file Class ids of many examples. *Clean* labels are the true ones. *Given* labels are the observed ones, which may be
 * wrong.
 *
 * An id takes one byte if there are at most 256 classes, else four. So the number of classes alone decides the bytes of
 * a set, and with them its hash.
 */

/** `[N]` class ids in [0, K): bytes for K ≤ 256, else int32. */
export type Labels = Uint8Array | Int32Array;

/** The same ids in the form that `classes` classes have. */
export function labelsFor(classes: number, labels: Labels): Labels {
  if (classes <= 256) return labels instanceof Uint8Array ? labels : Uint8Array.from(labels);
  return labels instanceof Int32Array ? labels : Int32Array.from(labels);
}

/** The labels at `indices`, in their order. */
export function pickLabels(labels: Labels, indices: Uint32Array): Labels {
  const at = (index: number): number => labels[index]!;
  return labels instanceof Uint8Array ? Uint8Array.from(indices, at) : Int32Array.from(indices, at);
}

/** Number of labels in each of `classes` classes: `[K]`. */
export function classCounts(labels: Labels, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
