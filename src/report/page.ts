/** @file A self-contained page of figures: pictures are embedded as data, and links lead to the files beside it. */

import { htmlPage, text } from "./html.ts";

export interface PageFigure {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly table: string;
  readonly svg: string;
  /** The picture for a screen as narrow as a phone's. */
  readonly narrow: string;
}

export interface Page {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly figures: readonly PageFigure[];
  /** Whether a PNG lies beside each SVG. */
  readonly png: boolean;
}

const STYLE = `
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); gap: 1.25rem; align-items: start; }
figure { margin: 0; padding: 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
@media (max-width: 600px) { figure { padding: .5rem; } }
figure.wide { grid-column: 1 / -1; }
figure h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
/* White becomes the card's colour and hues stay. */
@media (prefers-color-scheme: dark) { figure img { filter: invert(.9) hue-rotate(180deg); } }
figcaption { font-size: .9rem; color: var(--quiet); margin-top: .6rem; }
nav { margin-top: .3rem; font-size: .85rem; } nav a { color: var(--link); margin-right: .8rem; }
`;

/** Renders the page as HTML. */
export function renderPage({ title, facts, figures, png }: Page): string {
  const main = `<main>\n${figures.map((figure) => section(figure, png)).join("\n")}\n</main>`;
  return htmlPage({ title, facts, main, style: STYLE });
}

/** Pictures are embedded as data, because the ids of inline SVGs would clash. */
function section({ name, title, caption, table, svg, narrow }: PageFigure, png: boolean): string {
  const width = Number(/<svg[^>]* width="([\d.]+)"/.exec(svg)?.[1] ?? 0);
  const files = [`${name}.svg`, ...(png ? [`${name}.png`] : []), table];
  const links = files.map((file) => `<a href="${text(file)}">${text(file)}</a>`).join("");
  return `<figure${width > 640 ? ' class="wide"' : ""}>
<h2>${text(title)}</h2>
<picture><source media="(max-width: 600px)" srcset="${asData(narrow)}"><img alt="${text(title)}" src="${asData(svg)}"></picture>
<figcaption>${text(caption)}<nav>${links}</nav></figcaption>
</figure>`;
}

const asData = (svg: string): string => `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
