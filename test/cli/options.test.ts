import { Command } from "commander";
import { expect, test } from "vitest";
import { z } from "zod";
import { addOptions, givenOptions, optionTerm } from "../../src/cli/options.ts";
import { camel, kebab, settingsOf } from "../../src/settings/settings.ts";
import { groupOf } from "../../src/train/setting-facts.ts";
import { trainSchema } from "../../src/train/config.ts";

const schema = z.strictObject({
  dataDir: z.string().describe("Folder with the files").optional(),
  batch: z.number().int().min(2).describe("Examples per step").default(128),
  epochs: z.number().int().min(1).describe("Passes").default(60),
  momentum: z.number().gt(0).lt(1).describe("Momentum μ").default(0.9),
  augment: z.boolean().describe("Vary the images").default(true),
  download: z.boolean().describe("Fetch the files").default(false),
  padMode: z.enum(["zero", "reflect"]).describe("What surrounds an image").default("zero"),
  milestones: z.array(z.number().int().min(1)).describe("When the rate drops").optional(),
});
const settings = settingsOf(schema);

const command = (): Command => {
  const made = new Command("train")
    .exitOverride()
    .configureHelp({ optionTerm })
    .configureOutput({ writeErr: () => {} });
  addOptions(made, settings, (key) => (key === "dataDir" || key === "download" ? "Data:" : "Options:"));
  return made;
};
const given = (...argv: string[]) => givenOptions(command().parse(argv, { from: "user" }), settings);

test("each setting says what its values must be", () => {
  expect(Object.fromEntries(settings.map(({ key, expected }) => [key, expected]))).toEqual({
    dataDir: "text",
    batch: "an integer ≥ 2",
    epochs: "an integer ≥ 1",
    momentum: "a number in (0, 1)",
    augment: "true or false",
    download: "true or false",
    padMode: "one of zero, reflect",
    milestones: "a list of integers ≥ 1",
  });
});

test("the help shows types, choices, bounds and defaults, and a flag with its negation on one line", () => {
  expect(command().helpInformation()).toMatchInlineSnapshot(`
    "Usage: train [options]

    Data:
      --data-dir <text>     Folder with the files
      --[no-]download       Fetch the files (default off)

    Options:
      --batch <n>           Examples per step (integer ≥ 2; default 128)
      --epochs <n>          Passes (default 60)
      --momentum <x>        Momentum μ (number in (0, 1); default 0.9)
      --[no-]augment        Vary the images (default on)
      --pad-mode <name>     What surrounds an image (zero, reflect; default zero)
      --milestones <n,n,…>  When the rate drops
      -h, --help            display help for command
    "
  `);
});

test("what is typed becomes a value of the setting's type, and what is not typed stays away", () => {
  expect(
    given("--batch", "64", "--momentum", ".5", "--milestones", "40,50", "--pad-mode", "reflect", "--data-dir", "7"),
  ).toEqual({
    batch: 64,
    momentum: 0.5,
    milestones: [40, 50],
    padMode: "reflect",
    dataDir: "7",
  });
  expect(given()).toEqual({});
});

test("flags go both ways, the last one winning", () => {
  expect(given("--no-augment", "--download")).toEqual({ augment: false, download: true });
  expect(given("--no-augment", "--augment", "--no-download")).toEqual({ augment: true, download: false });
});

test("text that is no number is kept for the schema to refuse", () => {
  expect(given("--batch", "1e2x", "--epochs", "0x10", "--milestones", "4,x")).toEqual({
    batch: "1e2x",
    epochs: "0x10",
    milestones: [4, "x"],
  });
});

test("negative numbers are values, not options", () => {
  expect(given("--momentum", "-0.5")).toEqual({ momentum: -0.5 });
});

test("names in kebab case and camel case are each other's inverse for every setting of a run", () => {
  for (const { key, name } of settingsOf(trainSchema)) expect([kebab(key), camel(name)]).toEqual([name, key]);
});

test("every setting of a run has a heading in the help", () => {
  expect(settingsOf(trainSchema).filter(({ key }) => groupOf(key) === "Options:")).toEqual([]);
});
