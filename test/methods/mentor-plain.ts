/**
 * @file The mentor network in plain numbers, one example at a time, with the whole LSTM cell: what the graph is
 * tested against.
 */

/** Matrices by rows; vectors are one row. */
export type Mentor = Readonly<Record<"label" | "Wi" | "bi" | "Wj" | "bj" | "W1" | "b1" | "W2" | "b2", number[][]>>;

const sigma = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * The cell c after one step of an LSTM of one unit, from c = h = 0 (Hochreiter & Schmidhuber 1997, with forget
 * gates). Kernels map [x₁, x₂, h] to a gate; those that cannot matter here hold numbers that would show.
 */
function cell(x: readonly [number, number], input: number[], candidate: number[], biases: [number, number]): number {
  const [h, c] = [0, 0];
  const gate = ([a, b, fromState]: number[], bias: number): number => a! * x[0] + b! * x[1] + fromState! * h + bias;
  const i = sigma(gate([...input, 5], biases[0]));
  const j = Math.tanh(gate([...candidate, -3], biases[1]));
  const forget = sigma(gate([1.5, -2.5, 4], 0));
  return forget * c + i * j;
}

/** z of one example. */
export function logit(mentor: Mentor, loss: number, difference: number, epoch: readonly number[]): number {
  const column = (matrix: number[][], at: number): number[] => matrix.map((row) => row[at]!);
  const cells = [0, 1].map((direction) =>
    cell([loss, difference], column(mentor.Wi, direction), column(mentor.Wj, direction), [
      mentor.bi[0]![direction]!,
      mentor.bj[0]![direction]!,
    ]),
  );
  const features = [...mentor.label[0]!, ...epoch, ...cells];
  const dense = (x: readonly number[], W: number[][], b: number[]): number[] =>
    b.map((bias, o) => x.reduce((total, value, i) => total + value * W[i]![o]!, bias));
  const hidden = dense(features, mentor.W1, mentor.b1[0]!).map(Math.tanh);
  return dense(hidden, mentor.W2, mentor.b2[0]!)[0]!;
}
