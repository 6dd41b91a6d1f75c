/** @file The look of figures: one font, quiet axes, and colours that carry a meaning. */

import type { Config } from "vega-lite";

/** Colours of right and of wrong labels, distinguishable with all kinds of colour vision. */
export const LABEL_COLOURS = { right: "#4477aa", wrong: "#ee6677", unknown: "#888888" } as const;

export const FONT = "Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif";
const [INK, QUIET, LINE] = ["#222222", "#555555", "#dddddd"];

/** Where a figure is shown: by itself and on wide screens, or on a phone. */
export type Layout = "wide" | "narrow";

/** Width of a plot on a phone: with its axis it fits into 350 pixels. */
export const NARROW_WIDTH = 264;

/** On a phone legends are below the plot, because beside it there is no room. */
export const configFor = (layout: Layout): Config =>
  layout === "wide" ? config : { ...config, padding: 4, legend: { ...config.legend, orient: "bottom", columns: 2 } };

/** What only Vega knows: legends below a plot are below each other. */
export const VEGA_CONFIG = { legend: { layout: { bottom: { direction: "vertical" } } } } as const;

const config: Config = {
  font: FONT,
  background: "#ffffff",
  padding: 12,
  view: { stroke: LINE },
  // ARIA descriptions of every point would double the size of pictures.
  aria: false,
  axis: {
    domainColor: "#999999",
    gridColor: "#eeeeee",
    labelColor: QUIET,
    labelFlush: false,
    labelLimit: 0,
    labelFontSize: 11,
    tickColor: "#999999",
    tickSize: 4,
    titleColor: INK,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 8,
  },
  header: { labelColor: INK, labelFontSize: 12, labelFontWeight: "bold", title: null },
  legend: {
    labelLimit: 0,
    titleLimit: 0,
    labelColor: QUIET,
    labelFontSize: 11,
    titleColor: INK,
    titleFontSize: 12,
    titleFontWeight: "normal",
    symbolOpacity: 1,
    symbolSize: 60,
  },
};

/** Style of the line that marks the uniform weight. */
export const REFERENCE = { type: "rule", color: "#777777", strokeDash: [4, 3] } as const;
