/**
 * @file The ten glyphs as strokes: five pairs in which the second is the first plus one stroke, so clutter can turn one
 * into the other.
 *
 * Coordinates are in a box of [−1, 1]², y downwards. Only constants and exact arithmetic are used: no `Math.sin`, whose
 * last bit differs between platforms.
 */

/** Line segments: x0, y0, x1, y1 of each in turn. */
export type Segments = Float64Array;

type Point = readonly [x: number, y: number];

/** cos of 0°, 15°, … 90°. */
const COS = [1, 0.9659258262890683, 0.8660254037844386, 0.7071067811865476, 0.5, 0.25881904510252074, 0];

/** cos(15°·k) for any integer k. */
function cos15(k: number): number {
  const m = ((k % 24) + 24) % 24;
  const half = m > 12 ? 24 - m : m;
  return half > 6 ? -COS[12 - half]! : COS[half]!;
}

/** Points on an arc of an ellipse in steps of 15°, from `from`·15° to `to`·15°; 0 is to the right, 6 is down. */
function arc(x: number, y: number, rx: number, ry: number, from: number, to: number): Point[] {
  return Array.from({ length: to - from + 1 }, (_, i): Point => [
    x + rx * cos15(from + i),
    y + ry * cos15(from + i - 6),
  ]);
}

function segments(...lines: readonly (readonly Point[])[]): Segments {
  const ends = lines.flatMap((line) => line.slice(1).map((end, i) => [...line[i]!, ...end]));
  return Float64Array.from(ends.flat());
}

const STEM: Point[] = [
  [-0.55, -1],
  [-0.55, 1],
];
const C = arc(0, 0, 0.8, 1, 3, 21);
const O = arc(0, 0, 0.8, 1, 0, 24);
const BOWL: Point[] = [[-0.55, -1], ...arc(0.05, -0.5, 0.5, 0.5, -6, 6), [-0.55, 0]];
const F_BARS: Point[][] = [
  [
    [-0.55, -1],
    [0.6, -1],
  ],
  [
    [-0.55, 0],
    [0.4, 0],
  ],
];
const THREE = [arc(0, -0.5, 0.55, 0.5, -11, 6), arc(0, 0.5, 0.62, 0.5, -6, 11)];

/** Name → strokes, in the order of the class ids. */
export const GLYPHS: ReadonlyMap<string, Segments> = new Map([
  ["C", segments(C)],
  [
    "G",
    segments(C, [
      [0.1, 0.1],
      [0.62, 0.1],
      [0.57, 0.71],
    ]),
  ],
  ["O", segments(O)],
  [
    "Q",
    segments(O, [
      [0.2, 0.35],
      [0.8, 1.05],
    ]),
  ],
  ["P", segments(STEM, BOWL)],
  [
    "R",
    segments(STEM, BOWL, [
      [-0.1, 0],
      [0.6, 1],
    ]),
  ],
  ["F", segments(STEM, ...F_BARS)],
  [
    "E",
    segments(STEM, ...F_BARS, [
      [-0.55, 1],
      [0.6, 1],
    ]),
  ],
  ["3", segments(...THREE)],
  ["8", segments(arc(0, -0.5, 0.55, 0.5, 0, 24), arc(0, 0.5, 0.62, 0.5, 0, 24))],
]);
