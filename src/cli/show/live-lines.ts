/** @file Lines at the foot of a terminal that are drawn again and again, under lines that stay. */

import { stripVTControlCharacters } from "node:util";
import { createLogUpdate } from "log-update";

export interface LiveLines {
  /** Draws the lines again. */
  draw(): void;
  /** Calls a function that prints text to stay above the lines. */
  keep(print: () => void): void;
  /** Removes the lines. */
  close(): void;
}

/** Clears the line above. */
const CLEAR_ABOVE = "\u001B[1A\u001B[2K";

/** @param text the lines, made anew for each drawing */
export function liveLines(terminal: NodeJS.WriteStream, text: () => string): LiveLines {
  const live = createLogUpdate(terminal);
  let shown = "";
  const draw = (): void => {
    shown = text();
    live(shown);
  };
  // A terminal that became narrower has broken the lines that are too long for it, so there are more to clear
  // than were drawn.
  const redraw = (): void => {
    live.clear();
    terminal.write(CLEAR_ABOVE.repeat(brokenLines(shown, terminal.columns)));
    draw();
  };
  terminal.on("resize", redraw);
  return {
    draw,
    keep(print) {
      live.clear();
      print();
      draw();
    },
    close() {
      terminal.off("resize", redraw);
      live.clear();
      live.done();
    },
  };
}

/** How many lines a terminal adds to a text by breaking those that are wider than it. */
function brokenLines(text: string, columns: number): number {
  return stripVTControlCharacters(text)
    .split("\n")
    .reduce((added, { length }) => added + Math.max(0, Math.ceil(length / columns) - 1), 0);
}
