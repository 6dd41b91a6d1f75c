import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { isPath, readSource } from "../../../src/data/own/open-source.ts";
import { understand } from "../../../src/data/own/understand.ts";
import type { Understood } from "../../../src/data/own/understood.ts";
import { testFolder } from "../tables/folder.ts";
import type { Example } from "./doors.ts";
import { makeExamples, tarOf, writeDoors } from "./doors.ts";

const { root, write } = testFolder();

async function understood(path: string): Promise<Understood> {
  const { rows, format } = await readSource(path, { columns: {} });
  return understand(rows, format, { trusted: [] });
}

const failure = (path: string): Promise<string> =>
  understood(path).then(
    () => "no error",
    (error: Error) => error.message.replaceAll(root, "ROOT"),
  );

describe("one set, many doors", () => {
  let examples: Example[] = [];
  let doors: Record<string, string> = {};
  beforeAll(async () => {
    examples = await makeExamples(60);
    doors = writeDoors(join(root, "doors"), examples);
  });

  const HAVE_SPLITS = [
    ["folder", "folder"],
    ["csv", "manifest"],
    ["jsonl", "manifest"],
    ["metadata", "manifest"],
    ["parquet", "parquet"],
    ["webdataset", "webdataset"],
    ["arrays", "arrays"],
  ];
  test.each(HAVE_SPLITS)("%s: classes, parts, given and right labels", async (door, format) => {
    const found = await understood(doors[door]!);
    expect(found.format).toBe(format);
    expect(found.classes).toEqual(["cat", "dog", "猫"]);
    expect(found.parts).toEqual(examples.map(({ split }) => split));
    const names = examples.map((_, n) => found.classes[found.given.at(n)!]);
    expect(names).toEqual(examples.map(({ label }) => label));
    const right = examples.map(({ split }, n) => (split === "train" ? undefined : found.given.at(n)));
    expect(examples.map((_, n) => found.right.at(n))).toEqual(right);
  });

  test("Label Studio: ground truth is trusted; FiftyOne: positions of classes", async () => {
    const studio = await understood(doors["labelStudio"]!);
    expect(studio.parts).toEqual(examples.map(({ split }) => (split === "trusted" ? "trusted" : "train")));
    expect(examples.map((_, n) => studio.classes[studio.given.at(n)!])).toEqual(examples.map(({ label }) => label));
    const fiftyone = await understood(doors["fiftyone"]!);
    expect(fiftyone.classes).toEqual(["cat", "dog", "猫"]);
    expect(examples.map((_, n) => fiftyone.classes[fiftyone.given.at(n)!])).toEqual(examples.map(({ label }) => label));
  });

  test("images inside of Parquet and tar are those that were written, in their rows", async () => {
    for (const door of ["parquet", "webdataset"]) {
      const { content } = await understood(doors[door]!);
      const found: Buffer[] = [];
      if (content.kind === "packed")
        for await (const { row, bytes } of content.images()) found[row] = Buffer.from(bytes);
      expect(found.length).toBe(examples.length);
      expect(examples.every(({ png }, n) => png.equals(found[n]!))).toBe(true);
    }
  });
});

describe("folders", () => {
  test("without split folders all is train; hidden files and links to a parent are passed over; others are counted", async () => {
    for (const name of [
      "a/1.png",
      "a/deep/2.JPG",
      "b/3.jpeg",
      "b/.4.png",
      "b/Thumbs.db",
      "b/notes.txt",
      "__MACOSX/a/x.png",
    ])
      write(`plain/${name}`, "");
    symlinkSync("..", join(root, "plain/a/up"));
    symlinkSync("../b/3.jpeg", join(root, "plain/a/link.jpg"));
    symlinkSync("nowhere", join(root, "plain/a/broken.jpg"));
    const { ids, parts, remarks } = await understood(join(root, "plain"));
    expect(ids).toEqual(["a/1.png", "a/deep/2.JPG", "a/link.jpg", "b/3.jpeg"]);
    expect(new Set(parts)).toEqual(new Set(["train"]));
    expect(remarks).toEqual(["1 files that are no images are passed over"]);
  });

  test("a validation folder is left out and told", async () => {
    for (const name of ["train/a/1.png", "train/b/2.png", "val/a/3.png"]) write(`val/${name}`, "");
    const { parts, remarks } = await understood(join(root, "val"));
    expect(parts).toEqual(["train", "train", "left out"]);
    expect(remarks.join()).toContain("1 validation examples are left out");
  });

  test("what is wrong names what was found", async () => {
    write("mixed/train/a/1.png", "");
    write("mixed/cats/1.png", "");
    expect(await failure(join(root, "mixed"))).toBe(
      "ROOT/mixed: has split folders (train) and class folders (cats) side by side. Move the classes into train, or write a table with path,label",
    );
    mkdirSync(join(root, "nothing"));
    expect(await failure(join(root, "nothing"))).toMatch(/no class folders found\. Looked for .*; found nothing/);
    write("texts/a/readme.md", "");
    expect(await failure(join(root, "texts"))).toMatch(/no images in class folders found.*found readme.md in a/);
    expect(await failure("cifar1O")).toBe(
      "cifar1O: no such file or folder. --data takes a path, or the name of a data set. Did you mean cifar10?",
    );
    expect(await failure(write("x.zip", ""))).toContain("Unpack it first");
    write("split-table/train/metadata.csv", "file_name,label\n");
    expect(await failure(join(root, "split-table"))).toContain("has a table of its own");
  });

  test("a value is a path if it has a separator or a dot, or is there and no built-in name", async () => {
    expect(await Promise.all(["cifar10", "./cifar10", "x.csv", "photos", "src"].map(isPath))).toEqual([
      false,
      true,
      true,
      false,
      true,
    ]);
  });
});

describe("WebDataset", () => {
  const png = Buffer.from("image");
  test.each([
    [
      [
        ["1.png", png],
        ["1.jpg", png],
        ["1.cls", Buffer.from("a")],
      ],
      'the key "1" has two images: 1.png and 1.jpg',
    ],
    [
      [
        ["1.png", png],
        ["1.cls", Buffer.from("a")],
        ["2.cls", Buffer.from("b")],
      ],
      'the key "2" has no image',
    ],
    [[["1.png", png]], "has no labels. Each key needs a .cls"],
    [
      [
        ["1.png", png],
        ["1.cls", png],
        ["1.json", Buffer.from('{"label":"x"}')],
      ],
      "has labels as .cls and as label in .json",
    ],
    [
      [
        ["1.png", png],
        ["1.json", Buffer.from("[1]")],
      ],
      "1.json: expected a JSON object",
    ],
  ] as const)("%#: %s", async (members, message) => {
    expect(await failure(write("bad.tar", tarOf(members as never)))).toContain(message);
  });

  test("labels by .cls; a pattern of shards; one key in two shards is an error; cut files are told", async () => {
    const shard = (n: number, key = `${n}`): string =>
      write(
        `wds/s-${n}.tar`,
        tarOf([
          [`${key}.jpg`, png],
          [`${key}.cls`, Buffer.from(` ${n}\n`)],
        ]),
      );
    shard(0);
    const second = shard(1);
    const { ids, classes } = await understood(join(root, "wds/s-*.tar"));
    expect([ids, classes]).toEqual([
      ["0", "1"],
      ["0", "1"],
    ]);
    shard(2, "1");
    expect(await failure(join(root, "wds"))).toBe(
      `ROOT/wds/s-2.tar: the key "1" is in ${second.replace(root, "ROOT")} too. Give each example a key of its own`,
    );
    const cut = tarOf([["1.jpg", Buffer.alloc(2000)]]).subarray(0, 1500);
    expect(await failure(write("cut.tar", cut))).toContain(
      "cut.tar: not a whole tar archive (it is cut off inside 1.jpg)",
    );
  });
});

describe("Label Studio", () => {
  const task = (image: string, annotations: unknown[]): unknown => ({ id: 7, data: { image }, annotations });
  const choice = (label: string, more: object = {}): unknown => ({
    completed_by: 1,
    result: [{ type: "choices", value: { choices: [label] } }],
    ...more,
  });
  const read = (...tasks: unknown[]): Promise<Understood> => understood(write("ls.json", JSON.stringify(tasks)));

  test("the last annotation that was not cancelled; several people; ground truth beside a label; local files", async () => {
    const found = await read(
      task("/data/local-files/?d=a%20b.jpg", [choice("x"), choice("y"), choice("z", { was_cancelled: true })]),
      {
        ...(task("/data/upload/2/c.jpg", [choice("x"), choice("y", { completed_by: { email: "e" } })]) as object),
        id: 8,
      },
      { ...(task("d.jpg", [choice("x"), choice("y", { ground_truth: true })]) as object), id: 9 },
      { ...(task("e.jpg", []) as object), id: 10 },
    );
    const name = (id: number | undefined): string | undefined => (id === undefined ? undefined : found.classes[id]);
    expect(found.ids).toEqual(["7", "8", "9", "10"]);
    expect(found.ids.map((_, n) => name(found.given.at(n)))).toEqual(["y", "x", "x", undefined]);
    expect(found.ids.map((_, n) => name(found.right.at(n)))).toEqual([undefined, undefined, "y", undefined]);
    expect(found.annotations?.annotators).toEqual(["1", "e"]);
    const { content, rows } = found;
    const paths =
      content.kind === "files" ? [...rows].map((row) => content.paths.values[content.paths.codes[row]!]) : [];
    expect(paths).toEqual(["a b.jpg", "upload/2/c.jpg", "d.jpg", "e.jpg"]);
  });

  test.each([
    [
      ["https://x/y.jpg", "the image lies elsewhere"],
      ["../../y.jpg", "lies outside of"],
      ["/data/local-files/?d=%2Fetc%2Fpasswd", "lies outside"],
    ],
  ])("paths that are not opened", async (...cases) => {
    for (const [image, message] of cases) await expect(read(task(image!, [choice("x")]))).rejects.toThrow(message!);
  });

  test("what is no export", async () => {
    expect(await failure(write("no.json", "{}"))).toContain("expected an array of tasks, as Label Studio exports");
    expect(await failure(write("no.json", "[1]"))).toContain("task 0: expected an object with data, got 1");
    expect(await failure(write("no.json", "[{"))).toContain("expected JSON");
  });
});

describe("FiftyOne", () => {
  test("null is unknown; names that no image has, and positions that no class has, are errors", async () => {
    for (const name of ["a.jpg", "b.png"]) write(`fo/data/${name}`, "");
    const put = (value: unknown): string => write("fo/labels.json", JSON.stringify(value));
    put({ classes: ["x", "y"], labels: { a: 1, b: null } });
    const { given } = await understood(join(root, "fo"));
    expect([given.at(0), given.at(1)]).toEqual([1, undefined]);
    put({ classes: ["x"], labels: { a: 0, c: 0 } });
    expect(await failure(join(root, "fo"))).toContain("1 of its names have no image in ROOT/fo/data: c");
    put({ classes: ["x"], labels: { a: 1 } });
    expect(await failure(join(root, "fo"))).toContain("to be a position below 1 or null, got 1");
  });
});
