/** @file The frame of a self-contained page: a title, facts and what follows, in light and in dark, on screens of any width. */

import { FONT } from "./style.ts";

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as HTML. */
export const text = (raw: string): string => raw.replace(/[&<>"]/g, (character) => escapes[character]!);

const STYLE = `
:root { color-scheme: light dark; --ink: #222; --quiet: #555; --page: #fafafa; --card: #fff; --line: #e2e2e2; --link: #2b5d9b; --wrong: #b3263a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --quiet: #a8a8a8; --page: #141414; --card: #1a1a1a; --line: #383838; --link: #8ab4f8; --wrong: #ff8a97; }
}
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 76rem; font: 16px/1.5 ${FONT}; color: var(--ink); background: var(--page); }
h1 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
p { max-width: 44rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0 0 2rem; font-size: .95rem; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 600px) {
  body { padding: 1rem .75rem 3rem; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; }
}
`;

export interface Page {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What follows, as HTML. */
  readonly main: string;
  /** CSS of what follows. */
  readonly style: string;
}

export function htmlPage({ title, facts, main, style }: Page): string {
  const list = facts.map(([name, value]) => `<dt>${text(name)}</dt><dd>${text(value)}</dd>`).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
<h1>${text(title)}</h1>
<dl>
${list}
</dl>
${main}
</body>
</html>
`;
}
