import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { testFolder } from "../data/tables/folder.ts";
import { fakeIo } from "./fake-io.ts";

const { root, write } = testFolder();

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = fakeIo();
  const code = await runCli(["data", ...argv], io);
  return { code, out: io.printed.join("\n"), err: io.errors.join("\n") };
}

const png = (r: number, width = 9): Promise<Buffer> =>
  sharp({ create: { width, height: 7, channels: 3, background: { r, g: 0, b: 0 } } })
    .png()
    .toBuffer();

describe("reweight data PATH", () => {
  test("photographs: counts, sizes, unreadable files; the folder is left as it was", async () => {
    for (let n = 0; n < 8; n++) write(`photos/train/${n % 2 ? "<script>" : "😀"}/${n}.png`, await png(n, 9 + n));
    write("photos/trusted/😀/a.png", await png(100));
    write("photos/train/😀/broken.jpg", "<svg/>");
    const state = (): string[] =>
      readdirSync(join(root, "photos"), { recursive: true, encoding: "utf8" }).map(
        (name) => `${name} ${statSync(join(root, "photos", name)).mtimeMs}`,
      );
    const before = state();
    const { code, out, err } = await run(join(root, "photos"));
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("9 train, 1 trusted, 0 test, 0 left out; 2 classes");
    expect(out).toMatch(/width, height +9 to 16, median 12; 7 to 7, median 7/);
    expect(out).toMatch(/unreadable +1: .*broken.jpg is no JPEG.*it looks like SVG/);
    expect(out).toMatch(/wrong labels +unknown/);
    expect(out).toMatch(/0 {2}<script> +4 +0/);
    expect(state()).toEqual(before);
  });

  test("the same bytes in training and in test are an error, unless allowed; other labels are told", async () => {
    for (let n = 0; n < 6; n++) write(`same/train/${n % 2}/${n}.png`, await png(n));
    write("same/train/1/again.png", await png(0));
    write("same/test/0/x.png", await png(2));
    const first = await run(join(root, "same"));
    expect(first.code).toBe(1);
    expect(first.err).toMatch(
      /1 training examples have the bytes of trusted or test ones: train\/0\/2.png \(train\) = test\/0\/x.png/,
    );
    const second = await run(join(root, "same"), "--allow-duplicates");
    expect(second.code).toBe(0);
    expect(second.out).toMatch(/1 with different labels: train\/0\/0.png = train\/1\/again.png/);
  });

  test("a crowd: annotators, and what they agree on; --json has null for what nobody knows", async () => {
    const rows = [..."abcdef"].flatMap((id, n) =>
      ["u", "v", "w"].map((who) => `${id},${who},${n % 2 || (id === "a" && who === "w") ? "y" : "x"},1`),
    );
    const path = write("crowd.csv", `id,worker,label,f\n${rows.join("\n")}\n`);
    const { code, out } = await run(path, "--feature-columns", "f", "--json", "--trusted", write("ids.txt", "b\n"));
    expect(code).toBe(0);
    const record = JSON.parse(out) as Record<string, unknown>;
    expect(record).toMatchObject({ examples: 6, classes: ["x", "y"], noise: null, sizes: null });
    expect(record["annotators"]).toContainEqual({ annotator: "w", labels: 6, compared: 6, agreed: 5 });
  });

  test("options that do not fit are usage errors; a misspelt set is named", async () => {
    const path = write("t.csv", "f,label\n1,a\n2,a\n3,b\n4,b\n");
    expect((await run(path, "--feature-columns", "f", "--columns", "lable=x")).code).toBe(2);
    expect((await run(path, "--feature-columns", "g")).err).toContain('no column is called "g"');
    expect((await run(path, "--format", "arrays", "--feature-columns", "f")).err).toContain(
      "--feature-columns belongs to tables",
    );
    const { code, err } = await run("glyphz");
    expect([code, err]).toEqual([1, expect.stringContaining("Did you mean glyphs?")]);
  });

  test("the name of a built-in set works as --data does", async () => {
    expect((await run("glyphs")).out).toBe((await run("--data", "glyphs")).out);
  });
});
