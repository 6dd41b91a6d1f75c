/** @file Columns of a table, and how they grow while a file is read: 4 or 8 bytes a row beside the distinct texts. */

import { shortened } from "../../printable.ts";

/** Texts, each distinct one kept once. An empty cell is the empty text. */
export interface TextColumn {
  readonly kind: "texts";
  /** `[N]` places in `values` */
  readonly codes: Int32Array;
  /** the distinct texts, in the order in which they first came */
  readonly values: readonly string[];
}

/** Finite numbers; NaN where a cell is empty. */
export interface NumberColumn {
  readonly kind: "numbers";
  /** `[N]` */
  readonly values: Float64Array;
}

export type TableColumn = TextColumn | NumberColumn;

/** The text in a row. */
export const textAt = ({ codes, values }: TextColumn, row: number): string => values[codes[row]!]!;

/** A column of the given texts. */
export function textColumn(texts: Iterable<string>): TextColumn {
  const builder = new TextBuilder();
  for (const text of texts) builder.add(text);
  return builder.column();
}

/** An array that doubles when it is full. */
abstract class Growing<A extends Int32Array | Float64Array> {
  count = 0;
  protected array: A;
  constructor(array: A) {
    this.array = array;
  }
  protected push(value: number): void {
    if (this.count === this.array.length) {
      const larger = new (this.array.constructor as new (length: number) => A)(2 * this.count);
      larger.set(this.array);
      this.array = larger;
    }
    this.array[this.count++] = value;
  }
  protected whole(): A {
    return this.array.slice(0, this.count) as A;
  }
}

export class TextBuilder extends Growing<Int32Array> {
  readonly #codes = new Map<string, number>();
  constructor() {
    super(new Int32Array(1024));
  }
  add(text: string): void {
    const known = this.#codes.get(text);
    if (known !== undefined) return this.push(known);
    this.push(this.#codes.size);
    this.#codes.set(text, this.#codes.size);
  }
  column(): TextColumn {
    return { kind: "texts", codes: this.whole(), values: [...this.#codes.keys()] };
  }
}

/** Whole numbers, such as the line of each row. */
export class IntegerBuilder extends Growing<Int32Array> {
  constructor() {
    super(new Int32Array(1024));
  }
  add(value: number): void {
    this.push(value);
  }
  array32(): Int32Array {
    return this.whole();
  }
}

/** What other programs write for a missing number. */
const MISSING = new Set(["", "na", "n/a", "nan", "null", "none", "?"]);
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** Numbers for as long as all cells are numbers; counts what is none. */
export class NumberBuilder extends Growing<Float64Array> {
  numbers = 0;
  others = 0;
  /** the first cell that is no number */
  odd: { readonly text: string; readonly row: number } | undefined;
  constructor() {
    super(new Float64Array(1024));
  }
  add(text: string): void {
    const value = numberOf(text);
    if (value === undefined) {
      this.odd ??= { text: shortened(text), row: this.count };
      this.others++;
    } else if (!Number.isNaN(value)) this.numbers++;
    this.push(value ?? NaN);
  }
  addNumber(value: number): void {
    if (!Number.isNaN(value)) this.numbers++;
    this.push(value);
  }
  column(): NumberColumn {
    return { kind: "numbers", values: this.whole() };
  }
}

/** A decimal number; NaN for a missing one; undefined for anything else, among it what is not finite. */
export function numberOf(cell: string): number | undefined {
  const first = cell.charCodeAt(0);
  // Most cells begin with a digit, a sign or a point; the letters of 0x10 and Infinity are left to the pattern.
  const value = +cell;
  if (first >= 43 && first <= 57 && Number.isFinite(value) && !/[a-df-z]/i.test(cell)) return value;
  const text = cell.trim();
  if (MISSING.has(text.toLowerCase())) return NaN;
  return NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined;
}
