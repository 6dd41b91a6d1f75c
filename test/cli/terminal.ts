/** @file A terminal for tests: what is on its screen after the codes that live lines use. */

import { EventEmitter } from "node:events";

const CODE_OR_LETTER = /\x1b\[(\??\d*)([A-Za-z])|([^\x1b])/g;

const pieces = (line: string, columns: number): string[] => line.match(new RegExp(`.{1,${columns}}`, "g")) ?? [""];

/** As most do, it breaks the lines that no longer fit when it becomes narrower. */
export class Terminal extends EventEmitter {
  readonly isTTY = true;
  readonly rows = 40;
  columns: number;
  screen = [""];
  #line = 0;
  #place = 0;

  constructor(columns: number) {
    super();
    this.columns = columns;
  }

  resize(columns: number): void {
    const above = this.screen.slice(0, this.#line).flatMap((line) => pieces(line, columns));
    const below = this.screen.slice(this.#line).flatMap((line) => pieces(line, columns));
    this.screen = [...above, ...below];
    this.#line = above.length;
    this.columns = columns;
    this.emit("resize");
  }

  write(text: string): boolean {
    for (const [, by, code, letter] of text.matchAll(CODE_OR_LETTER)) {
      if (letter === undefined) this.#control(code!, by!);
      else if (letter === "\n") this.#next();
      else this.#put(letter);
    }
    return true;
  }

  /** The lines in use. */
  get lines(): string[] {
    return this.screen.filter((line) => line.trim() !== "");
  }

  #put(letter: string): void {
    const line = this.screen[this.#line]!.padEnd(this.#place);
    this.screen[this.#line] = line.slice(0, this.#place) + letter + line.slice(this.#place + 1);
    this.#place++;
  }

  #next(): void {
    this.#line++;
    this.#place = 0;
    if (this.#line === this.screen.length) this.screen.push("");
  }

  #control(code: string, by: string): void {
    // "h" and "l" show and hide the cursor, and hold the picture back while it changes.
    if (code === "h" || code === "l") return;
    if (code === "A") this.#line = Math.max(0, this.#line - Number(by || 1));
    else if (code === "B") this.#line += Number(by || 1);
    else if (code === "G") this.#place = 0;
    else if (code === "K") this.screen[this.#line] = by === "2" ? "" : this.screen[this.#line]!.slice(0, this.#place);
    else throw new Error(`terminal: expected a code that it knows, got ${by}${code}`);
  }
}
