import { describe, expect, test } from "vitest";
import { liveLines } from "../../src/cli/show/live-lines.ts";
import { textReporter } from "../../src/cli/show/reporter.ts";
import { fakeIo } from "./fake-io.ts";
import { Terminal } from "./terminal.ts";

/** Two lines as wide as the terminal, with the number of the drawing. */
function drawn(columns: number) {
  const terminal = new Terminal(columns);
  let drawing = 0;
  const text = (): string => [`a${++drawing}`, "b"].map((line) => line.padEnd(terminal.columns, ".")).join("\n");
  const lines = liveLines(terminal as unknown as NodeJS.WriteStream, text);
  const keep = (line: string): void => lines.keep(() => terminal.write(`${line}\n`));
  return { terminal, lines, keep };
}

describe("live lines", () => {
  test("are drawn in place, below the lines that stay", () => {
    const { terminal, lines, keep } = drawn(10);
    lines.draw();
    keep("kept");
    lines.draw();
    expect(terminal.lines).toEqual(["kept", "a3........", "b........."]);
    lines.close();
    expect(terminal.lines).toEqual(["kept"]);
  });

  test.each([4, 7, 9, 10, 15])("leave nothing behind in a terminal that becomes %d columns wide", (columns) => {
    const { terminal, lines, keep } = drawn(10);
    keep("one");
    terminal.resize(columns);
    lines.draw();
    keep("two");
    expect(terminal.lines).toEqual(["one", "two", "a4".padEnd(columns, "."), "b".padEnd(columns, ".")]);
    lines.close();
    expect(terminal.lines).toEqual(["one", "two"]);
    expect(terminal.listenerCount("resize")).toBe(0);
  });
});

test("a message on standard error stays above the progress", () => {
  const terminal = new Terminal(40);
  const print = (line: string): void => void terminal.write(`${line}\n`);
  const io = { ...fakeIo(), out: print, err: print, terminal: terminal as unknown as NodeJS.WriteStream };
  const reporter = textReporter(io);
  reporter.err("Stopping after this step");
  reporter.err("and so on");
  expect(terminal.lines).toEqual(["Stopping after this step", "and so on", "preparing…"]);
});
