/** @file A self-contained page of figures: pictures are embedded as data, and links lead to the files beside it. */

import { FONT } from "./style.ts";

export interface PageFigure {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly table: string;
  readonly svg: string;
}

export interface Page {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly figures: readonly PageFigure[];
  /** Whether a PNG lies beside each SVG. */
  readonly png: boolean;
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const text = (raw: string): string => raw.replace(/[&<>"]/g, (character) => escapes[character]!);

const STYLE = `
:root { color-scheme: light; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 76rem; font: 16px/1.5 ${FONT}; color: #222; background: #fafafa; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0 0 2rem; font-size: .95rem; }
dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); gap: 1.25rem; align-items: start; }
figure { margin: 0; padding: 1.1rem; background: #fff; border: 1px solid #e2e2e2; border-radius: 6px; }
figure.wide { grid-column: 1 / -1; }
figure h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figcaption { font-size: .9rem; color: #444; margin-top: .6rem; }
nav { margin-top: .3rem; font-size: .85rem; } nav a { color: #2b5d9b; margin-right: .8rem; }
`;

/** Renders the page as HTML. */
export function renderPage({ title, facts, figures, png }: Page): string {
  const list = facts.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${text(title)}</h1>
<dl>
${list}
</dl>
<main>
${figures.map((figure) => section(figure, png)).join("\n")}
</main>
</body>
</html>
`;
}

/** Pictures are embedded as data, because the ids of inline SVGs would clash. */
function section({ name, title, caption, table, svg }: PageFigure, png: boolean): string {
  const width = Number(/<svg[^>]* width="([\d.]+)"/.exec(svg)?.[1] ?? 0);
  const files = [`${name}.svg`, ...(png ? [`${name}.png`] : []), table];
  const links = files.map((file) => `<a href="${text(file)}">${text(file)}</a>`).join("");
  return `<figure${width > 640 ? ' class="wide"' : ""}>
<h2>${text(title)}</h2>
<img alt="${text(title)}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">
<figcaption>${text(caption)}<nav>${links}</nav></figcaption>
</figure>`;
}
