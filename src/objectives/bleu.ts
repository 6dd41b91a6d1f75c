/**
 * @file BLEU of a whole text (Papineni et al. 2002), with the numbers of Moses' multi-bleu.perl: up to 4 words in a row,
 * several references, no tokenisation of its own.
 */

export interface Bleu {
  /** In points, [0, 100]. */
  readonly bleu: number;
  /** Share of the hypotheses' 1-, 2-, 3- and 4-grams that some reference has, in percent. */
  readonly precisions: readonly number[];
  /** Brevity penalty, [0, 1]: exp(1 − reference / hypothesis length) for hypotheses that are too short. */
  readonly brevity: number;
  /** Words of the hypotheses. */
  readonly hypothesisLength: number;
  /** Words of the references; where there are several, of those closest in length, and of these the shortest. */
  readonly referenceLength: number;
}

export interface BleuOptions {
  /** Compare without regard to case. ASCII letters alone have one, as in multi-bleu.perl. Default false. */
  readonly lowercase?: boolean;
  /**
   * What stands for the precision of an order without any match. `none`: 0, and BLEU is 0. `exp`: the k-th such order
   * counts as 1 / 2ᵏ matches, as sacreBLEU does by default. Default `none`.
   */
  readonly smoothing?: "none" | "exp";
}

const ORDERS = 4;

/**
 * BLEU of hypotheses, one a line, against one or more references of each line.
 *
 * @param references one list of lines per reference, each at least as long as `hypotheses`; later lines do not count
 */
export function corpusBleu(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  { lowercase = false, smoothing = "none" }: BleuOptions = {},
): Bleu {
  const words = (line: string): string[] => wordsOf(lowercase ? lowerAscii(line) : line);
  const correct = new Array<number>(ORDERS).fill(0);
  const total = new Array<number>(ORDERS).fill(0);
  let [hypothesisLength, referenceLength] = [0, 0];
  for (const [line, hypothesis] of hypotheses.entries()) {
    const own = words(hypothesis);
    const others = references.map((reference) => words(reference[line]!));
    hypothesisLength += own.length;
    referenceLength += closestLength(
      own.length,
      others.map(({ length }) => length),
    );
    for (let n = 1; n <= ORDERS; n++) {
      const allowed = others.map((other) => ngrams(other, n));
      for (const [ngram, count] of ngrams(own, n)) {
        total[n - 1]! += count;
        correct[n - 1]! += Math.min(count, Math.max(...allowed.map((counts) => counts.get(ngram) ?? 0)));
      }
    }
  }
  const shares = precisionsOf(correct, total, smoothing);
  const brevity = brevityOf(hypothesisLength, referenceLength);
  const logs = shares.reduce((sum, share) => sum + Math.log(share), 0);
  return {
    bleu: referenceLength === 0 ? 0 : 100 * brevity * Math.exp(logs / ORDERS),
    precisions: shares.map((share) => 100 * share),
    brevity,
    hypothesisLength,
    referenceLength,
  };
}

/** Words between white space. That of ASCII alone: a no-break space belongs to its word, as for multi-bleu.perl. */
export const wordsOf = (line: string): string[] => line.split(/[ \t\n\r\f\v]+/).filter((word) => word !== "");

const lowerAscii = (line: string): string => line.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

function ngrams(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= words.length; start++) {
    const ngram = words.slice(start, start + n).join(" ");
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

const closestLength = (length: number, others: readonly number[]): number =>
  others.reduce((best, other) => {
    const nearer = Math.abs(other - length) - Math.abs(best - length);
    return nearer < 0 || (nearer === 0 && other < best) ? other : best;
  });

function precisionsOf(correct: readonly number[], total: readonly number[], smoothing: string): number[] {
  // A text without a single right word gets no smoothing: it would be rewarded for its length.
  const smooths = smoothing === "exp" && correct.some((count) => count > 0);
  let without = 0;
  return total.map((all, i) => {
    if (all === 0) return 0;
    if (correct[i]! > 0 || !smooths) return correct[i]! / all;
    without++;
    return 1 / (2 ** without * all);
  });
}

function brevityOf(hypothesis: number, reference: number): number {
  if (hypothesis >= reference) return 1;
  return hypothesis === 0 ? 0 : Math.exp(1 - reference / hypothesis);
}

/** The line that multi-bleu.perl prints, to the digit. */
export function bleuLine({ bleu, precisions, brevity, hypothesisLength, referenceLength }: Bleu): string {
  if (referenceLength === 0) return "BLEU = 0, 0/0/0/0 (BP=0, ratio=0, hyp_len=0, ref_len=0)";
  const orders = precisions.map((precision) => rounded(precision, 1)).join("/");
  const ratio = rounded(hypothesisLength / referenceLength, 3);
  return (
    `BLEU = ${rounded(bleu, 2)}, ${orders} ` +
    `(BP=${rounded(brevity, 3)}, ratio=${ratio}, hyp_len=${hypothesisLength}, ref_len=${referenceLength})`
  );
}

/** A number ≥ 0 as C's printf writes it. Exact ties go to the even digit: 6.25 is 6.2, where `toFixed(1)` gives 6.3. */
function rounded(value: number, digits: number): string {
  const up = value.toFixed(digits);
  // All decimals of the number: a tie ends with the digit 5 after those asked for.
  const exact = value.toFixed(60);
  const end = exact.indexOf(".") + 1 + digits;
  const isTie = /^50*$/.test(exact.slice(end));
  return isTie && Number(up.at(-1)) % 2 === 1 ? exact.slice(0, end) : up;
}
