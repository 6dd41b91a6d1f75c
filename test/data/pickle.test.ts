import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPickle } from "../../src/data/formats/pickle.ts";
import { cifar10 } from "../../src/data/sets/cifar10.ts";
import { cifar100 } from "../../src/data/sets/cifar100.ts";
import { cifarBytes, temporary } from "./fixtures.ts";
import { batchByPython2, PICKLES } from "./pickles.ts";

const NAMES = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`);
const CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split(" ");

/** CIFAR-10 in the same images in both forms: 5 × 2 to train on, and 2. */
async function both(batch: (first: number) => Buffer): Promise<[binary: string, python: string]> {
  const [binary, python] = [await temporary(), await temporary()];
  const all = cifarBytes(10, 10);
  const inside = join(python, "cifar-10-batches-py");
  await mkdir(inside);
  for (const [i, name] of [...NAMES, "test_batch"].entries()) {
    const first = i === 5 ? 0 : 2 * i;
    await writeFile(join(binary, `${name}.bin`), all.subarray(first * 3073, (first + 2) * 3073));
    await writeFile(join(inside, name), batch(first));
  }
  return [binary, python];
}

describe("batches by Python", () => {
  test("are the binary ones", async () => {
    const [binary, python] = await both(batchByPython2);
    const [ours, theirs] = [await cifar10.load({ dir: binary }), await cifar10.load({ dir: python })];
    expect(theirs.hash).toBe(ours.hash);
    expect([...theirs.train.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await writeFile(join(python, "cifar-10-batches-py", "batches.meta"), PICKLES.meta);
    expect((await cifar10.load({ dir: python })).classes).toEqual(CLASSES);
  });

  test.each([2, 3, 4, 5] as const)("that Python 3 wrote in protocol %i are read", async (protocol) => {
    const folder = await temporary();
    for (const name of [...NAMES, "test_batch"]) await writeFile(join(folder, name), PICKLES[protocol]);
    const { train } = await cifar10.load({ dir: folder });
    // Image i has label 3 + i and pixels 40 + i.
    expect([[...train.labels].slice(0, 3), train.pixels[0], train.pixels[3072], train.pixels[6143]]).toEqual([
      [3, 4, 3],
      40,
      41,
      41,
    ]);
  });

  test("of CIFAR-100 have fine labels", async () => {
    const folder = await temporary();
    await mkdir(join(folder, "cifar-100-python"));
    for (const name of ["train", "test"])
      await writeFile(join(folder, "cifar-100-python", name), batchByPython2(42, "fine_labels"));
    expect([...(await cifar100.load({ dir: folder })).train.labels]).toEqual([42, 43]);
  });
});

const P = "\x80\x02";
test.each([
  ["nothing", "", "it is cut off"],
  ["no pickle", "hello, this is text", 'no opcode "h"|refers to what is not there'],
  ["a call", `${P}cos\nsystem\nU\x02id\x85R.`, "it calls os.system, which is not executed"],
  ["a call by another name", `${P}cnumpy\nload\n.`, "it calls numpy.load, which is not executed"],
  ["a call of the prototype", `${P}cnumpy\nconstructor\n.`, "it calls numpy.constructor, which is not executed"],
  ["a call of a list", `${P}])R.`, "it calls what cannot be called"],
  ["a call without a target", `${P}R.`, "it takes more than it has"],
  ["a tuple without a mark", `${P}t.`, "it takes more than it has"],
  ["a value below a mark", `${P}](a.`, "it takes more than it has"],
  ["an unknown memory", `${P}h\x07.`, "it refers to what is not there"],
  ["a text cut off", `${P}T\xff\xff\xff\xff`, "it is cut off"],
  ["a dictionary of a list", `${P}](U\x01aNu.`, "it fills what is no dictionary"],
  ["floats", `${P}cnumpy\ndtype\nU\x02f4\x85R(K\x01)h\x00.`, "refers to what is not there"],
  ["another opcode", `${P}i`, 'no opcode "i"'],
])("a pickle with %s is refused", (_, text, message) => {
  expect(() => readPickle(Buffer.from(text, "latin1"))).toThrow(new RegExp(message));
});

test("a pickle that goes on for ever is ended", () => {
  expect(() => readPickle(Buffer.alloc(5_000_000, "N"))).toThrow("it has more than 4000000 steps");
});

test("a batch of something else says what it lacks", async () => {
  const [, python] = await both(batchByPython2);
  const file = join(python, "cifar-10-batches-py", "data_batch_2");
  const tell = async (text: string, message: string): Promise<void> => {
    await writeFile(file, Buffer.from(text, "latin1"));
    await expect(cifar10.load({ dir: python })).rejects.toThrow(
      `cifar10: data_batch_2 in ${join(python, "cifar-10-batches-py")} cannot be read as one of CIFAR's Python pickles: ${message}`,
    );
  };
  await tell(`${P}].`, "it is no dictionary");
  await tell(`${P}}.`, 'it has no array "data"');
  await tell(batchByPython2(0, "lables").toString("latin1"), 'its "labels" is no list of 2 class ids');
});
