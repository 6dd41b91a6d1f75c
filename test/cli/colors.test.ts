import { expect, it } from "vitest";
import { wantsColors } from "../../src/cli/io.ts";
import { runBuilt } from "./built.ts";

const terminal = { isTTY: true };
const pipe = {};

it.each([
  [{}, terminal, true],
  [{ TERM: "dumb" }, terminal, false],
  [{ NO_COLOR: "1" }, terminal, false],
  [{ NO_COLOR: "1", FORCE_COLOR: "1" }, terminal, false],
  [{ FORCE_COLOR: "0" }, terminal, false],
  [{}, pipe, false],
  [{ CI: "true" }, pipe, false],
  [{ FORCE_COLOR: "1" }, pipe, true],
  [{ FORCE_COLOR: "0", CI: "true" }, pipe, false],
])("with %o and %o colours are %s", (env, stream, expected) => {
  expect(wantsColors(env, stream)).toBe(expected);
});

it("gives a script in CI plain text", async () => {
  const { code, out } = await runBuilt(".", ["methods"], undefined, { CI: "true", NO_COLOR: "" });
  expect(code).toBe(0);
  expect(out).toContain("uniform");
  expect(out).not.toContain("\u001b");
});
