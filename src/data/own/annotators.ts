/** @file Labels of several annotators: what most of them say, and how far they agree. */

/** Labels that annotators gave. An example's are `annotator[offsets[n] … offsets[n + 1])`. */
export interface Annotations {
  /** names, in the order in which they first came */
  readonly annotators: readonly string[];
  /** `[N + 1]` */
  readonly offsets: Int32Array;
  /** who gave a label: places in `annotators` */
  readonly annotator: Int32Array;
  /** the class that was given */
  readonly label: Int32Array;
}

/** How often an annotator said the same as most others. */
export interface Agreement {
  readonly annotator: string;
  /** labels given */
  readonly labels: number;
  /** of these, on examples that others labelled too, and where the others have a majority */
  readonly compared: number;
  /** of the compared, as the majority of the others */
  readonly agreed: number;
}

/** Labels of an example, one of each annotator who gave one. */
export function labelsOf({ offsets, label }: Annotations, example: number): Int32Array {
  return label.subarray(offsets[example], offsets[example + 1]);
}

/** The class that all annotators of an example gave, if they are at least `least`. */
export function agreedBy(annotations: Annotations, example: number, least: number): number | undefined {
  const labels = labelsOf(annotations, example);
  return labels.length >= least && labels.every((label) => label === labels[0]) ? labels[0] : undefined;
}

/** Classes that the most labels name, ascending: several in a tie, none without labels. */
function winners(labels: Iterable<number>): number[] {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  return [...counts.keys()].filter((label) => counts.get(label) === most).sort((a, b) => a - b);
}

/**
 * The label of most annotators for each example, undefined where nobody gave one. A tie goes to the label of the
 * annotator who agrees most often with clear majorities elsewhere, then to the lower class.
 */
export function consensus(annotations: Annotations): (number | undefined)[] {
  const { annotators, offsets, annotator, label } = annotations;
  const count = offsets.length - 1;
  const most = Array.from({ length: count }, (_, example) => winners(labelsOf(annotations, example)));
  const [given, agreed] = [annotators, annotators].map(() => new Float64Array(annotators.length)) as [
    Float64Array,
    Float64Array,
  ];
  for (let example = 0; example < count; example++) {
    if (most[example]!.length !== 1) continue;
    for (let at = offsets[example]!; at < offsets[example + 1]!; at++) {
      given[annotator[at]!]!++;
      if (label[at] === most[example]![0]) agreed[annotator[at]!]!++;
    }
  }
  const trust = agreed.map((times, who) => (given[who] === 0 ? 0 : times / given[who]!));
  return most.map((tied, example) => {
    let best: { label: number; trust: number } | undefined;
    // In a tie of one, any of its annotators names it.
    for (let at = offsets[example]!; at < offsets[example + 1]!; at++) {
      const candidate = { label: label[at]!, trust: trust[annotator[at]!]! };
      if (!tied.includes(candidate.label)) continue;
      const isBetter =
        best === undefined ||
        candidate.trust > best.trust ||
        (candidate.trust === best.trust && candidate.label < best.label);
      if (isBetter) best = candidate;
    }
    return best?.label;
  });
}

/** The share of an example's labels that are its consensus, in (0, 1]; undefined without labels. */
export function agreementOf(annotations: Annotations, example: number): number | undefined {
  const labels = labelsOf(annotations, example);
  const [most] = winners(labels);
  return most === undefined ? undefined : labels.filter((label) => label === most).length / labels.length;
}

/** Each annotator against the majority of the others, ties of the others left out. */
export function agreements(annotations: Annotations): Agreement[] {
  const { annotators, offsets, annotator, label } = annotations;
  const totals = annotators.map((name) => ({ annotator: name, labels: 0, compared: 0, agreed: 0 }));
  for (let example = 0; example < offsets.length - 1; example++) {
    const [from, to] = [offsets[example]!, offsets[example + 1]!];
    const labels = [...label.subarray(from, to)];
    for (let at = from; at < to; at++) {
      const total = totals[annotator[at]!]!;
      total.labels++;
      const others = winners(labels.filter((_, i) => from + i !== at));
      if (others.length !== 1) continue;
      total.compared++;
      if (others[0] === label[at]) total.agreed++;
    }
  }
  return totals;
}
