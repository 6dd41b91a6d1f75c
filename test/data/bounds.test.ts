/** @file What a data set's files may be, and what other programs make of them: an answer in one line, at once. */

import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { chmod, mkdir, rename, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { create } from "tar";
import { describe, expect, onTestFinished, test } from "vitest";
import { cifar10 } from "../../src/data/sets/cifar10.ts";
import { download } from "../../src/data/sets/download.ts";
import { loadDataset } from "../../src/data/sets/load.ts";
import { mnist } from "../../src/data/sets/mnist.ts";
import { DataError } from "../../src/errors.ts";
import { cifarBytes, idxBytes, tarHeader, temporary } from "./fixtures.ts";
import { serve } from "./serve.ts";

/** An IDX file of zeros. */
const idx = (dims: readonly number[], bytes = dims.reduce((a, b) => a * b, 1)): Buffer =>
  idxBytes(dims, new Uint8Array(bytes));

const MNIST = {
  "train-images-idx3-ubyte": idx([4, 8, 8]),
  "train-labels-idx1-ubyte": idx([4]),
  "t10k-images-idx3-ubyte": idx([2, 8, 8]),
  "t10k-labels-idx1-ubyte": idx([2]),
};

/** Writes the four files of a small MNIST under other names. */
async function mnistAs(pathOf: (name: string) => string): Promise<void> {
  for (const [name, bytes] of Object.entries(MNIST)) {
    const path = pathOf(name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, bytes);
  }
}

const CIFAR = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`).concat("test_batch.bin");

/** The message of a failure: one line of a DataError. */
async function failure(work: unknown): Promise<string> {
  const error: unknown = await Promise.resolve(work).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(DataError);
  const { message } = error as DataError;
  expect(message).not.toContain("\n");
  return message;
}

describe("MNIST is found", () => {
  test.each([
    ["where torchvision has it", (dir: string) => (name: string) => join(dir, "MNIST", "raw", name)],
    ["with dots in its names", (dir: string) => (name: string) => join(dir, name.replace("-idx", ".idx"))],
    [
      "in a folder for each file, as Kaggle's archive unpacks",
      (dir: string) => (name: string) => join(dir, name, name),
    ],
  ])("%s", async (_, place) => {
    const dir = await temporary();
    await mnistAs(place(dir));
    expect((await mnist.load({ dir })).train.count).toBe(4);
    expect((await mnist.files!.missing(dir)).names).toEqual([]);
  });
});

describe("a path that is no file", () => {
  const put = async (spoil: (path: string) => Promise<void> | void): Promise<string> => {
    const dir = await temporary();
    await mnistAs((name) => join(dir, name));
    const path = join(dir, "train-images-idx3-ubyte");
    await rename(path, `${path}.old`);
    await spoil(path);
    return failure(mnist.load({ dir }));
  };

  test("a pipe without a writer is refused at once", async () => {
    expect(await put((path) => void spawnSync("mkfifo", [path]))).toMatch(/idx3-ubyte: expected a file, found a pipe$/);
  });

  test("an endless device is refused at once", async () => {
    const message = await put((path) => symlink("/dev/zero", path));
    expect(message).toMatch(/expected a file, found a device or a socket$/);
  });

  test("a socket is refused", async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    const message = await put((path) => new Promise((resolve) => server.listen(path, resolve)));
    expect(message).toMatch(/expected a file, found a/);
  });

  test("a link to itself is told", async () => {
    expect(await put((path) => symlink(path, path))).toMatch(/round in circles of symbolic links$/);
  });

  test("a file of terabytes is refused without reading it", async () => {
    const message = await put(async (path) => {
      await writeFile(path, "");
      await truncate(path, 2 ** 41);
    });
    expect(message).toMatch(/expected at most 1073741824 bytes, got 2199023255552/);
  });

  test.skipIf(process.getuid?.() === 0)("one without permission says so, and nothing of --out", async () => {
    const message = await put(async (path) => {
      await writeFile(path, "");
      await chmod(path, 0);
    });
    expect(message).toMatch(/no permission to read it/);
  });
});

describe("compressed files", () => {
  test("that unpack to more than they declare are refused by what they declare", async () => {
    const dir = await temporary();
    await mnistAs((name) => join(dir, name));
    const path = join(dir, "train-images-idx3-ubyte");
    await rename(path, `${path}.old`);
    // A header of four images, and 300 MB of zeros behind it.
    await writeFile(`${path}.gz`, gzipSync(idx([4, 8, 8], 300_000_000)));
    expect(await failure(mnist.load({ dir }))).toBe(`${path}.gz: unpacks to more bytes than its IDX header declares`);
    await writeFile(`${path}.gz`, gzipSync(idx([2 ** 31, 2 ** 31, 2 ** 31], 10)));
    expect(await failure(mnist.load({ dir }))).toMatch(/needs .* bytes of data, got 10$/);
  });

  test("an archive with an absurd size in its header is refused before it is unpacked", async () => {
    const dir = await temporary();
    const header = tarHeader("data_batch_1.bin", "77777777777");
    const archive = join(dir, "cifar-10-binary.tar.gz");
    await writeFile(archive, gzipSync(Buffer.concat([header, Buffer.alloc(2048)])));
    expect(await failure(cifar10.load({ dir }))).toBe(
      `${archive}: not a whole .tar.gz archive (data_batch_1.bin has 8589934591 bytes in it). Fetch it again, into another folder`,
    );
  });
});

describe("CIFAR", () => {
  async function part(dir: string): Promise<void> {
    await mkdir(join(dir, "cifar-10-batches-bin"));
    await writeFile(join(dir, "cifar-10-batches-bin", "data_batch_1.bin"), cifarBytes(10, 10));
  }

  test("comes from the archive beside a part of it", async () => {
    const [dir, whole] = [await temporary(), await temporary()];
    for (const name of CIFAR) await writeFile(join(whole, name), cifarBytes(20, 10));
    await create({ gzip: true, file: join(dir, "cifar-10-binary.tar.gz"), cwd: whole }, CIFAR);
    await part(dir);
    expect((await cifar10.load({ dir })).train.count).toBe(100);
  });

  test("in part is fetched by --download, and the advice is not --download once it is given", async () => {
    const dir = await temporary();
    await part(dir);
    expect((await cifar10.files!.missing(dir)).names).toEqual(["cifar-10-binary.tar.gz"]);
    expect(await failure(cifar10.load({ dir }))).toContain("Use --download to fetch it");
    expect(await failure(cifar10.load({ dir, download: true }))).toContain("name an empty folder there");
  });
});

test("a download goes through the proxy of the environment, and not for hosts that NO_PROXY names", async () => {
  const asked: string[] = [];
  const proxy = await serve(
    () => {},
    (request, socket) => {
      asked.push(`${request.method} ${request.url}`);
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    },
  );
  const before = { ...process.env };
  onTestFinished(() => void (process.env = before));
  process.env = { ...before, http_proxy: proxy, https_proxy: proxy, no_proxy: "" };
  const dir = await temporary();
  await failure(download("https://data.invalid/x.bin", join(dir, "x.bin"), "0"));
  expect(asked).toEqual(["CONNECT data.invalid:443"]);
  process.env["no_proxy"] = "data.invalid";
  await failure(download("https://data.invalid/x.bin", join(dir, "x.bin"), "0"));
  expect(asked).toHaveLength(1);
});

test("an unknown set is refused with the known ones", async () => {
  await expect(loadDataset({ name: "__proto__" as never })).rejects.toThrow('got "__proto__"');
});
