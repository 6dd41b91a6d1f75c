import { describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { kebab } from "../../src/settings/settings.ts";
import { settingsReadBy } from "../../src/methods/method.ts";
import { methods } from "../../src/methods/methods.ts";
import { trainFields, trainSchema } from "../../src/train/config.ts";
import { fakeIo } from "./fake-io.ts";

async function run(...argv: string[]) {
  const io = fakeIo();
  const code = await runCli(["methods", ...argv], io);
  return { code, out: io.printed.join("\n"), err: io.errors.join("\n") };
}

interface Printed {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly cost: string;
  readonly options: readonly { option: string; description: string; expected: string; default?: unknown }[];
}

describe("reweight methods", () => {
  test("lists every method in the registry's order, each with its source and cost, within the terminal's width", async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    const paragraphs = out.split("\n\n");
    expect(paragraphs.map((text) => text.split("\n")[0])).toEqual(methods.map(({ name }) => name));
    paragraphs.forEach((text, i) => {
      const words = text.replace(/\s+/g, " ");
      const { summary, source, cost } = methods[i]!;
      for (const part of [`does ${summary}`, `source ${source}`, `cost ${cost}`]) expect(words).toContain(part);
      for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    });
  });

  test("one method alone, with its own settings and no others", async () => {
    const { out } = await run("focal");
    expect(out).toMatchInlineSnapshot(`
      "focal
        does                 examples that the student is sure of weigh less, by (1 −
                             p)^γ
        source               Lin et al., Focal Loss for Dense Object Detection, ICCV
                             2017
        cost                 none
        --focal-gamma <x>    γ of --method focal; the paper tried 0.5, 1 and 2
                             (default 1)
        --[no-]focal-detach  Hold focal's factor constant in the gradient (default
                             off)"
    `);
  });

  test("--json gives each option with the description and the default of the schema", async () => {
    const printed = JSON.parse((await run("--json")).out) as Printed[];
    const { shape } = trainFields;
    expect(printed.map(({ name }) => name)).toEqual(methods.map(({ name }) => name));
    printed.forEach(({ options }, i) => {
      const keys = settingsReadBy(methods[i]!) as (keyof typeof shape)[];
      const defaults = trainSchema.parse({ method: methods[i]!.name });
      expect(options.map(({ option }) => option).sort()).toEqual(keys.map((key) => `--${kebab(key)}`).sort());
      for (const key of keys) {
        const one = options.find(({ option }) => option === `--${kebab(key)}`)!;
        expect(one.description).toBe(shape[key].description ?? shape[key].unwrap().description);
        expect(one.default).toEqual(defaults[key]);
      }
    });
    expect(JSON.parse((await run("deep", "--json")).out)).toEqual(printed.filter(({ name }) => name === "deep"));
  });

  test("an unknown name is a usage error that says what there is", async () => {
    const { code, out, err } = await run("focale");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe(
      `reweight methods: name: expected one of ${methods.map(({ name }) => name).join(", ")}; got "focale". Did you mean focal?`,
    );
  });

  test("--method takes what it lists", () => {
    for (const { name } of methods) expect(trainSchema.parse({ method: name }).method).toBe(name);
    expect(trainFields.shape.method.unwrap().options).toEqual(methods.map(({ name }) => name));
  });
});
