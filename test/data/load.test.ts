import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DataError } from "../../src/errors.ts";
import type { BuiltInSet } from "../../src/data/sets/built-in-set.ts";
import { download, explainFailure } from "../../src/data/sets/download.ts";
import type { Progress } from "../../src/data/sets/download.ts";
import { loadDataset } from "../../src/data/sets/load.ts";
import { builtInSets } from "../../src/data/sets/registry.ts";
import { cifarBytes, temporary } from "./fixtures.ts";
import { serve } from "./serve.ts";

const body = Buffer.alloc(300_000, "reweight");
const md5 = createHash("md5").update(body).digest("hex");

describe("a download", () => {
  test("arrives whole, with progress, and leaves nothing else behind", async () => {
    const base = await serve((_, response) => response.setHeader("content-length", body.length).end(body));
    const folder = await temporary();
    const seen: Progress[] = [];
    await download(`${base}some.bin`, join(folder, "deep", "some.bin"), md5, {
      onProgress: (progress) => seen.push(progress),
    });
    expect(await readdir(join(folder, "deep"))).toEqual(["some.bin"]);
    expect(await readFile(join(folder, "deep", "some.bin"))).toEqual(body);
    expect(seen[0]).toEqual({ file: "some.bin", received: 0, total: 300_000 });
    expect(seen.at(-1)).toEqual({ file: "some.bin", received: 300_000, total: 300_000 });
  });

  test("of a file that the server does not have names the status", async () => {
    const base = await serve((_, response) => response.writeHead(404).end("no"));
    const folder = await temporary();
    await expect(download(`${base}a`, join(folder, "a"), md5)).rejects.toThrow(
      new DataError(`download: ${base}a answered 404 Not Found`),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test("with another MD5 is thrown away, and what was there before stays", async () => {
    const base = await serve((_, response) => response.end("something else"));
    const folder = await temporary();
    await writeFile(join(folder, "a"), "old");
    await expect(download(`${base}a`, join(folder, "a"), md5)).rejects.toThrow(
      `download: ${base}a has MD5 ${createHash("md5").update("something else").digest("hex")}, expected ${md5}`,
    );
    expect([await readdir(folder), await readFile(join(folder, "a"), "utf8")]).toEqual([["a"], "old"]);
  });

  test("that breaks off leaves nothing behind", async () => {
    const base = await serve((_, response) => {
      response.setHeader("content-length", body.length);
      response.write(body.subarray(0, 100_000), () => response.destroy());
    });
    const folder = await temporary();
    await expect(download(`${base}a`, join(folder, "a"), md5)).rejects.toThrow(
      `download: ${base}a: the connection was cut (`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test("from nowhere says so", async () => {
    const folder = await temporary();
    // Port 9 is "discard", and nothing listens there.
    await expect(download("http://127.0.0.1:9/a", join(folder, "a"), md5)).rejects.toThrow(
      /^download: http:\/\/127\.0\.0\.1:9\/a: the server cannot be reached \(.*\)\. Check the network, or fetch the file by other means/,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test("that is stopped throws the signal's reason and leaves nothing behind", async () => {
    const base = await serve((_, response) => response.write(body.subarray(0, 1000)));
    const folder = await temporary();
    const stop = new AbortController();
    const reason = new Error("stopped by the user");
    const running = download(`${base}a`, join(folder, "a"), md5, {
      signal: stop.signal,
      onProgress: ({ received }) => {
        if (received > 0) stop.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual([]);
    await expect(download(`${base}a`, join(folder, "a"), md5, { signal: stop.signal })).rejects.toBe(reason);
  });

  test("into a place that cannot be written says so", async () => {
    const base = await serve((_, response) => response.end(body));
    const folder = await temporary();
    await writeFile(join(folder, "file"), "");
    await expect(download(`${base}a`, join(folder, "file", "a"), md5)).rejects.toThrow(
      new RegExp(`^download: cannot write ${join(folder, "file", "a")} \\((ENOTDIR|EEXIST)\\)`),
    );
  });
});

test("a full disk is named, and defects are passed on", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  expect(explainFailure(full, "http://x/a", "/data/a")).toEqual(
    new DataError("download: no space left to write /data/a"),
  );
  const defect = new RangeError("index");
  expect(explainFailure(defect, "http://x/a", "/data/a")).toBe(defect);
});

describe("loading by name", () => {
  test("glyphs need no files", async () => {
    const { name, train } = await loadDataset({ name: "glyphs", glyphs: { train: 20, test: 10 } });
    expect([name, train.count]).toEqual(["glyphs", 20]);
  });

  test("an unknown name is refused", async () => {
    await expect(loadDataset({ name: "cifar" as "cifar10" })).rejects.toThrow(
      "data set: expected one of cifar10 (60,000 photographs of 10 classes), cifar100 (60,000 photographs of 100 classes), " +
        `mnist (70,000 handwritten digits), glyphs (drawn characters, no files needed), got "cifar"`,
    );
  });

  test("the addresses and digests are the published ones", () => {
    const published = builtInSets.flatMap((set: BuiltInSet) =>
      Object.entries(set.files?.md5 ?? {}).map(([name, md5]) => `${md5}  ${set.files!.base}${name}`),
    );
    // CIFAR's digests: https://www.cs.toronto.edu/~kriz/cifar.html. MNIST's: torchvision/datasets/mnist.py.
    expect(published).toEqual([
      "c32a1d4ab5d03f1284b67883e8d87530  https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
      "03b5dce01913d631647c71ecec9e9cb8  https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
      "f68b3c2dcbeaaa9fbdd348bbdeb94873  https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
      "d53e105ee54ea40749a09fcbcd1e9432  https://ossci-datasets.s3.amazonaws.com/mnist/train-labels-idx1-ubyte.gz",
      "9fb629c4189551a2d022fa330f9573f3  https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz",
      "ec29112dd5afa0611ce80d1b7f02629c  https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz",
    ]);
  });

  test("what is there is not downloaded", async () => {
    const folder = await temporary();
    await writeFile(join(folder, "train.bin"), cifarBytes(100, 100));
    await writeFile(join(folder, "test.bin"), cifarBytes(100, 100));
    let requests = 0;
    const base = await serve((_, response) => {
      requests++;
      response.writeHead(500).end();
    });
    expect((await loadDataset({ name: "cifar100", dir: folder, download: true, base })).train.count).toBe(100);
    expect(requests).toBe(0);
  });

  test("what is missing is fetched, and refused unless it is the official file", async () => {
    const asked: string[] = [];
    const base = await serve((request, response) => {
      asked.push(request.url ?? "");
      response.end("not the official archive");
    });
    const folder = await temporary();
    await expect(loadDataset({ name: "cifar10", dir: folder, download: true, base })).rejects.toThrow(
      "expected c32a1d4ab5d03f1284b67883e8d87530",
    );
    await expect(loadDataset({ name: "mnist", dir: folder, download: true, base })).rejects.toThrow(
      "expected f68b3c2dcbeaaa9fbdd348bbdeb94873",
    );
    expect(asked).toEqual(["/cifar-10-binary.tar.gz", "/train-images-idx3-ubyte.gz"]);
    expect(await readdir(folder)).toEqual(["mnist"]);
  });
});
