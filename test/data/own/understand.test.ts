import { describe, expect, test } from "vitest";
import { agreements } from "../../../src/data/own/annotators.ts";
import { checkTrainable, requireTrusted, trustedWarnings } from "../../../src/data/own/check-understood.ts";
import { readManifest } from "../../../src/data/own/manifest.ts";
import { parseColumns } from "../../../src/data/own/roles.ts";
import { parseTrusted } from "../../../src/data/own/trusted.ts";
import { understand } from "../../../src/data/own/understand.ts";
import type { Understood } from "../../../src/data/own/understood.ts";
import { countsOf } from "../../../src/data/own/understood.ts";
import { openCsv } from "../../../src/data/tables/csv.ts";
import { testFolder } from "../tables/folder.ts";

const { root, write } = testFolder();

interface Asked {
  readonly columns?: string;
  readonly features?: string;
  readonly trusted?: readonly string[];
  readonly classes?: readonly string[];
}

/** A CSV understood; `trusted` as on the command line. */
async function read(text: string, asked: Asked = {}): Promise<Understood> {
  const source = await openCsv(write("t.csv", text));
  const rows = await readManifest(source, {
    columns: asked.columns === undefined ? {} : parseColumns(asked.columns),
    ...(asked.features === undefined ? {} : { features: asked.features }),
  });
  const trusted = await Promise.all((asked.trusted ?? []).map(parseTrusted));
  const classes = asked.classes && { where: "classes.txt", names: asked.classes };
  return understand(rows, "manifest", { trusted, ...(classes ? { classes } : {}) });
}

const failure = (text: string, asked: Asked = {}): Promise<string> =>
  read(text, asked).then(
    () => "no error",
    (error: Error) => error.message.replaceAll(root, "ROOT"),
  );

/** One line an example: id, part, given, right; `?` for what nobody knows. */
function lines(understood: Understood): string[] {
  const { classes, ids, parts, given, right } = understood;
  const name = (id: number | undefined): string => (id === undefined ? "?" : classes[id]!);
  return ids.map((id, n) => `${id} ${parts[n]} ${name(given.at(n))} ${name(right.at(n))}`);
}

describe("roles of columns", () => {
  test("names without case, other programs' names, told once", async () => {
    const understood = await read("File_Name,Category,Gold\na.png,cat,\nb.png,dog,yes\n");
    expect(lines(understood)).toEqual(["a.png train cat ?", "b.png trusted dog dog"]);
    expect(understood.remarks).toEqual(["reads File_Name as path, Category as label, Gold as trusted"]);
  });

  test("--columns decides where two would do", async () => {
    const text = "path,class,target\na,x,y\nb,y,x\n";
    expect(await failure(text)).toBe(
      "ROOT/t.csv: class and target may both be the label. Say which: --columns label=class",
    );
    expect(lines(await read(text, { columns: "label=target" }))).toEqual(["a train y ?", "b train x ?"]);
    expect(await failure(text, { columns: "label=targte" })).toContain("Did you mean target?");
    expect(() => parseColumns("lable=x")).toThrow("Meanings are path, label, right_label");
    expect(() => parseColumns("label=x,label=y")).toThrow("label is named twice");
  });

  test.each([
    [
      "path,kind\na,b\n",
      {},
      "no column is the label (label, given_label, class, target, category). It has the columns path, kind",
    ],
    ["f1,label\n1,b\n", {}, 'say which columns are features: --feature-columns "f*,age". It has the columns f1, label'],
    ["f1,label\n1,b\n", { features: "g*" }, 'no column is called "g*"'],
    ["f1,label\n1,b\n", { features: "label" }, '"label" is the label already'],
    ["path,label\n../a.png,b\n", {}, 'line 2: "../a.png" lies outside of ROOT, so it is not opened'],
    ["path,label\n/etc/passwd,b\n", {}, 'line 2: "/etc/passwd" lies outside'],
    ["path,label\na,b\n ,b\n", {}, "line 3: has no path"],
    ["path,label\na,b\nb,b\na,c\n", {}, 'line 4: the id "a" is that of ROOT/t.csv, line 2 too'],
    ["path,label,split\na,b,trian\n", {}, 'line 2: "trian" is no split. Splits are train, training, trusted'],
    ["path,label,trusted\na,b,maybe\n", {}, "line 2: expected trusted to be true, 1, yes, y, or false"],
    ["path,label,trusted\na,,1\nb,c,0\n", {}, "line 2: is trusted and has no label"],
    ["path,label,split,is_valid\na,b,train,1\n", {}, 'line 2: is_valid is true and split is "train"'],
    ["path,label\na,\nb,\n", {}, "no example has a label"],
    ["path,label\na,b\n", { classes: ["c"] }, 'line 2: the class "b" is not one of the 1 that classes.txt names'],
    ["path,label\na,b\n", { trusted: ["agree:3"] }, "--trusted agree needs a column that says who gave a label"],
  ] as const)("%j %j: the message says where and what to do", async (text, asked, message) => {
    expect(await failure(text, asked)).toContain(message);
  });
});

describe("classes", () => {
  test("whole numbers in numeric order, names by code point, whatever the order of rows", async () => {
    expect((await read("path,label\na,10\nb,9\nc,0\n")).classes).toEqual(["0", "9", "10"]);
    // U+1F600 comes after U+FF5E, and before it in JavaScript's order of halves.
    expect((await read("path,label\na,😀\nb,～\nc,b\nd,B\n")).classes).toEqual(["B", "b", "～", "😀"]);
    expect((await read("path,label\na,01\nb,2\nc,10\n")).classes).toEqual(["01", "10", "2"]);
  });

  test("space around names is taken off and told; look-alikes are told", async () => {
    const { classes, remarks } = await read("path,label\na, cat\nb,cat \nc,Cat\n");
    expect(classes).toEqual(["Cat", "cat"]);
    expect(remarks).toContain("space around labels is taken off");
    expect(remarks.join()).toContain('the classes "Cat" and "cat" differ in case');
  });

  test("--classes fixes names and order", async () => {
    expect((await read("path,label\na,b\nb,a\n", { classes: ["z", "b", "a"] })).classes).toEqual(["z", "b", "a"]);
  });

  test("65,535 classes are possible, one more is an error", async () => {
    const text = (count: number): string =>
      `path,label\n${Array.from({ length: count }, (_, k) => `${k}.png,c${k}\n`).join("")}`;
    expect((await read(text(65_535))).classes.length).toBe(65_535);
    expect(await failure(text(65_536))).toContain("has 65536 different labels");
  });
});

describe("trusted examples", () => {
  const text = "path,label,right_label,split\na,x,,\nb,x,y,\nc,y,,gold\nd,x,,val\ne,y,,test\nf,y,y,train\n";

  test("by right label and by split; a validation split is left out; truth that nobody knows is unknown", async () => {
    const understood = await read(text);
    expect(lines(understood)).toEqual([
      "a train x ?",
      "b trusted x y",
      "c trusted y y",
      "d left out x ?",
      "e test y y",
      "f trusted y y",
    ]);
    expect(understood.remarks.join()).toContain("1 validation examples are left out");
    // Of b and f the right label was told apart from the given one; Wilson's interval for 1 of 2 by its formula.
    const { checked, wrong, share, interval, confusion } = understood.noise!;
    expect({ checked, wrong, share }).toEqual({ checked: 2, wrong: 1, share: 0.5 });
    const z2 = 1.959963984540054 ** 2;
    const half = Math.sqrt(0.125 * z2 + z2 ** 2 / 16) / (1 + z2 / 2) / 1;
    expect(interval[1] - interval[0]).toBeCloseTo(2 * half, 12);
    expect(confusion).toEqual([
      { right: 1, given: 0, count: 1 },
      { right: 1, given: 1, count: 1 },
    ]);
  });

  test("split:val, a file of ids, a file with right labels, none", async () => {
    expect(lines(await read(text, { trusted: ["split:validation"] }))[3]).toBe("d trusted x x");
    const ids = write("ids.txt", "a\r\nd\n");
    expect(lines(await read(text, { trusted: [ids] })).filter((line) => /^[ad]/.test(line))).toEqual([
      "a trusted x x",
      "d trusted x x",
    ]);
    const csv = write("right.csv", "id,right_label\na,y\n");
    const understood = await read(text, { trusted: [csv] });
    expect(lines(understood)[0]).toBe("a trusted x y");
    expect(understood.noise?.checked).toBe(3);
    expect(countsOf(await read(text, { trusted: ["none"] }), "trusted").total).toBe(0);
  });

  test("ids that no example has: the first of them, and the nearest", async () => {
    const long = "path,label\nimages/001.png,x\nimages/002.png,y\n";
    expect(await failure(long, { trusted: [write("ids.txt", "images/0O2.png\n")] })).toContain(
      "1 trusted id is not in the data: images/0O2.png. Did you mean images/002.png?",
    );
    await expect(parseTrusted("split:foo")).rejects.toThrow("--trusted split: expected train, training");
    await expect(parseTrusted("agree:x")).rejects.toThrow("expected a number of annotators, at least 2");
    await expect(parseTrusted(`${root}/nowhere`)).rejects.toThrow("nowhere");
  });

  test("a column of flags decides; other right labels are known and measure only", async () => {
    const understood = await read("path,label,right_label,trusted\na,x,y,0\nb,y,x,1\nc,y,,1\n");
    expect(lines(understood)).toEqual(["a train x y", "b trusted y x", "c trusted y y"]);
    expect(understood.remarks.join()).toContain("1 training examples have a right label and are not trusted");
  });
});

describe("annotators", () => {
  // Four examples, three annotators. w3 is the odd one out on 1; on 4 two disagree and the better one decides.
  const text =
    "id,path,worker,label\n1,a,w1,x\n1,a,w2,x\n1,a,w3,y\n2,b,w1,y\n2,b,w2,y\n2,b,w3,y\n3,c,w1,x\n3,c,w2,x\n3,c,w3,x\n4,d,w3,x\n4,d,w1,y\n";

  test("rows of one id are one example with the label of most; a tie goes to who agrees most", async () => {
    const understood = await read(text);
    expect(lines(understood)).toEqual(["1 train x ?", "2 train y ?", "3 train x ?", "4 train y ?"]);
    expect(understood.annotations?.annotators).toEqual(["w1", "w2", "w3"]);
  });

  test("agree:3 trusts what three labelled alike", async () => {
    expect(lines(await read(text, { trusted: ["agree:3"] }))).toEqual([
      "1 train x ?",
      "2 trusted y y",
      "3 trusted x x",
      "4 train y ?",
    ]);
  });

  test("each annotator against the others", async () => {
    // By hand: on 1 the others of w1 and w2 are tied; on 4 one other remains.
    expect(agreements((await read(text)).annotations!)).toEqual([
      { annotator: "w1", labels: 4, compared: 3, agreed: 2 },
      { annotator: "w2", labels: 3, compared: 2, agreed: 2 },
      { annotator: "w3", labels: 4, compared: 4, agreed: 2 },
    ]);
  });

  test("one annotator twice, and rows that contradict each other, are errors", async () => {
    expect(await failure("id,path,worker,label\n1,a,w,x\n1,a,w,y\n")).toContain(
      'line 3: annotator "w" labelled "1" in ROOT/t.csv, line 2 too',
    );
    expect(await failure("id,path,worker,label,split\n1,a,w,x,train\n1,a,v,y,test\n")).toContain(
      'line 3: split is "test", but "train" in ROOT/t.csv, line 2',
    );
  });
});

describe("what cannot be trained on", () => {
  test.each([
    [
      "path,label,split\na,x,\nb,x,\nc,y,\nd,y,\ne,z,test\n",
      "no training example has the class z (0 trusted, 1 for testing)",
    ],
    ["path,label\na,x\nb,x\nc,y\n", "a class needs two training examples at least: y (1)"],
    ["path,label\na,x\nb,x\n", "has the one class x. Two are needed"],
    ["path,label,trusted\na,x,1\nb,y,1\n", "has no training examples: all are trusted"],
  ])("%j", async (text, message) => {
    const understood = await read(text);
    expect(() => checkTrainable(understood)).toThrow(message);
  });

  test("too few trusted examples: three ways to give them, methods that need none; a warning below ten", async () => {
    const understood = await read("path,label,trusted\na,x,\nb,x,\nc,y,\nd,y,\ne,x,1\nf,x,1\ng,y,1\n");
    checkTrainable(understood);
    expect(() => requireTrusted(understood, "deep", 2, ["uniform", "spl"])).toThrow(
      /deep needs 2 trusted examples of each class: y \(1\).*by --trusted FILE.*uniform, spl/,
    );
    expect(trustedWarnings(understood)[0]).toContain("x (2), y (1)");
  });
});
