/** @file A page with pictures of the training images whose labels look wrong. */

import { htmlPage, text } from "./html.ts";
import { pixelsPng } from "./pixels-png.ts";

/** An image whose label looks wrong. Labels are names of classes. */
export interface SuspectImage {
  /** Index in the data set. */
  readonly index: number;
  readonly given: string;
  /** undefined where nobody knows */
  readonly right?: string;
  /** Mean weight N · w over the run; 1 is the uniform weight. */
  readonly weight: number;
  /** `[C, H, W]`, 0…255 */
  readonly pixels: Uint8Array;
}

export interface Suspects {
  readonly shape: readonly [number, number, number];
  /** The most suspicious first. */
  readonly images: readonly SuspectImage[];
}

const STYLE = `
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); gap: .75rem; margin: 0; padding: 0; list-style: none; }
li { padding: .6rem; background: var(--card); border: 1px solid var(--line); border-radius: 6px; font-size: .85rem; line-height: 1.35; overflow-wrap: anywhere; }
li img { display: block; width: 100%; height: auto; margin-bottom: .4rem; image-rendering: pixelated; }
li span { color: var(--quiet); } li .wrong { color: var(--wrong); font-weight: bold; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .6rem; }
`;

/** Renders the page: wrong labels first, then right ones, each the most suspicious first. */
export function suspectsPage(
  { shape, images }: Suspects,
  title: string,
  facts: readonly (readonly [name: string, value: string])[],
): string {
  const unknown = images.filter(({ right }) => right === undefined);
  const wrong = images.filter(({ given, right }) => right !== undefined && given !== right);
  const right = images.filter(({ given, right: clean }) => given === clean);
  const section = (heading: string, some: readonly SuspectImage[]): string =>
    some.length === 0 ? "" : `<h2>${heading}</h2>\n<ul>\n${some.map((image) => card(image, shape)).join("\n")}\n</ul>`;
  const main = [
    section(`${wrong.length} whose label is wrong indeed`, wrong),
    section(`${right.length} whose label is right`, right),
    section(`${unknown.length} of which nobody knows`, unknown),
  ];
  return htmlPage({ title, facts, main: main.join("\n"), style: STYLE });
}

function card({ index, given, right, weight, pixels }: SuspectImage, shape: Suspects["shape"]): string {
  const png = pixelsPng(pixels, shape).toString("base64");
  const labels =
    right === undefined || given === right
      ? `<span>given</span> ${text(given)}`
      : `<span>given</span> <span class="wrong">${text(given)}</span><br><span>right</span> ${text(right)}`;
  return `<li><img alt="image ${index}" src="data:image/png;base64,${png}">${labels}<br><span>weight</span> ${weight.toFixed(3)}</li>`;
}
