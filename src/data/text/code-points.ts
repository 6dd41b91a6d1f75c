/** @file Order of texts by Unicode code points, which files made by other programs are sorted by. */

/** Negative, 0 or positive as `a` stands before, with or after `b`. JavaScript's `<` compares UTF-16 units instead. */
export function byCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return raised(x) - raised(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others, and have units below U+E000. */
const raised = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);
