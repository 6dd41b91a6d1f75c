import { expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { methodOf } from "../../src/methods/methods.ts";
import { settingsReadBy } from "../../src/methods/method.ts";
import { kebab, settingsOf } from "../../src/settings/settings.ts";
import { trainSchema } from "../../src/train/config.ts";
import { fakeIo } from "./fake-io.ts";

const DOZEN = [
  "data",
  "data-dir",
  "download",
  "noise",
  "valid",
  "student",
  "method",
  "seed",
  "epochs",
  "batch",
  "lr",
  "out",
];
const all = settingsOf(trainSchema).map(({ name }) => name);

/** Settings that a help lists, and its text. */
async function help(...argv: string[]): Promise<{ settings: string[]; text: string }> {
  const io = fakeIo();
  expect(await runCli(["train", ...argv], io)).toBe(0);
  expect(io.errors).toEqual([]);
  const text = io.printed.join("\n");
  const listed = [...text.matchAll(/^ {2}--(?:\[no-\])?([a-z0-9-]+)/gm)].map(([, name]) => name!);
  return { settings: listed.filter((name) => all.includes(name)), text };
}

test("the help shows a dozen settings and says how to see the rest", async () => {
  const { settings, text } = await help("--help");
  expect(settings).toEqual(DOZEN);
  expect(text).toMatch(new RegExp(`--help-all +Show help on all ${all.length} settings`));
  expect(text).toContain("--dry-run");
  expect(text).toContain(`More settings: --help-all shows all ${all.length}`);
});

test.each([[["--method", "transition", "--help"]], [["-h", "--method=transition"]]])(
  "%j shows those of the method as well",
  async (argv) => {
    const { settings } = await help(...argv);
    const own = settingsReadBy(methodOf("transition")).map(kebab);
    expect(own.length).toBeGreaterThan(3);
    expect([...settings].sort()).toEqual([...DOZEN, ...own].sort());
  },
);

test("a method that there is not adds none", async () => {
  expect((await help("--method", "dep", "--help")).settings).toEqual(DOZEN);
});

test.each([[["--help-all"]], [["--method", "deep", "--help-all"]], [["--help-all", "--epochs", "x"]]])(
  "%j shows all of them",
  async (argv) => {
    const { settings, text } = await help(...argv);
    expect([...settings].sort()).toEqual([...all].sort());
    expect(text).not.toContain("More settings");
  },
);
