/**
 * @file Figures, and their rendering as SVG and PNG.
 *
 * Vega-Lite draws panels, legends and scales from a description. It needs neither a browser nor a stand-in for one, as
 * Observable Plot does. resvg comes as a binary in its packages, without an install script.
 */

import { Resvg } from "@resvg/resvg-js";
import { parse, View } from "vega";
import type { TopLevelSpec } from "vega-lite";
import { compile } from "vega-lite";
import type { Layout } from "./style.ts";
import { configFor, VEGA_CONFIG } from "./style.ts";

/** A figure: its description, caption and data. */
export interface Figure {
  /** Name of its files, without extension. */
  readonly name: string;
  readonly title: string;
  /** What the reader should see, in a sentence or two. */
  readonly caption: string;
  /** Name of the CSV file with its data. */
  readonly table: string;
  readonly spec: TopLevelSpec;
  /** The same for a screen as narrow as a phone's. */
  readonly narrow: TopLevelSpec;
}

/**
 * A figure's two descriptions. Vega-Lite's types are too wide to help and too deep to compile quickly; tests check the
 * descriptions by drawing them.
 */
export const drawnBy = (make: (layout: Layout) => object): Pick<Figure, "spec" | "narrow"> => ({
  spec: make("wide") as TopLevelSpec,
  narrow: make("narrow") as TopLevelSpec,
});

/** Renders a description without a browser. */
export async function toSvg(spec: TopLevelSpec, layout: Layout = "wide"): Promise<string> {
  const view = new View(parse(compile(spec, { config: configFor(layout) }).spec, VEGA_CONFIG), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** A PNG at twice the size of the SVG. Text needs fonts on the machine: see `canDrawText`. */
export function toPng(svg: string): Uint8Array {
  return new Resvg(svg, { fitTo: { mode: "zoom", value: 2 }, font: { loadSystemFonts: true } }).render().asPng();
}

/** Whether this machine has a font, without which a PNG would have no text. */
export function canDrawText(): boolean {
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text x="2" y="15">M</text></svg>`;
  return new Resvg(text, { font: { loadSystemFonts: true } }).getBBox() !== undefined;
}
