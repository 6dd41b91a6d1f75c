import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import type { DeviceTensor } from "../../src/engines/engine.ts";
import { runOnce } from "../../src/engines/engine.ts";
import { reference } from "../../src/engines/reference/reference.ts";
import { selectEngine } from "../../src/engines/select.ts";
import { loadAddon } from "../../src/engines/torch/addon.ts";
import { BFLOAT16 } from "../../src/engines/torch/plan/roles.ts";
import { torchEngine } from "../../src/engines/torch/torch.ts";
import { trace } from "../../src/graph/graph.ts";
import { conv2d } from "../../src/ops/convolution.ts";
import { mul } from "../../src/ops/elementwise.ts";
import { gather } from "../../src/ops/gather.ts";
import { ops } from "../../src/ops/index.ts";
import { matmul } from "../../src/ops/matmul.ts";
import { float, int, tensor } from "../../src/tensor.ts";
import { START } from "../../src/objectives/view.ts";
import { randomImages } from "../../src/tasks/images/random.ts";
import { imageAim } from "../../src/tasks/images/task.ts";
import { prepareTrainer } from "../../src/train/setup.ts";
import { normal } from "../laws/check.ts";
import { tiny } from "../train/tiny.ts";
import { hasTorch } from "./torch-here.ts";

/** Ticks of processor time that each thread of this process has taken so far. */
const ticksByThread = (): Map<string, number> =>
  new Map(
    readdirSync("/proc/self/task").map((id) => {
      const fields = readFileSync(`/proc/self/task/${id}/stat`, "utf8").split(") ")[1]!.split(" ");
      return [id, Number(fields[11])];
    }),
  );

const dist = (path: string): string =>
  pathToFileURL(fileURLToPath(new URL(`../../dist/${path}`, import.meta.url))).href;

describe.runIf(hasTorch)("the torch engine", () => {
  // If the engine is not built, the tests below are collected but not run.
  const engine = hasTorch ? torchEngine({ threads: 2 }) : (undefined as never);
  const info = hasTorch ? engine.info : undefined;

  test("the native table has a row for every op of the registry, and no other", () => {
    expect([...engine.info.ops].sort()).toEqual([...ops.keys(), BFLOAT16].sort());
  });

  test.runIf(process.platform === "linux")("one thread is one thread for matrix products too", async () => {
    const single = torchEngine({ threads: 1 });
    const size = 768;
    const product = trace((a, b) => [matmul(a, b)], [float([size, size]), float([size, size])]);
    const program = await single.compile(product, "product");
    const ones = (): DeviceTensor => single.upload(tensor(new Float32Array(size * size).fill(1), [size, size]));
    const inputs = [ones(), ones()];
    await program.run(inputs);
    const before = ticksByThread();
    for (let i = 0; i < 100; i++) await program.run(inputs);
    const spent = [...ticksByThread()].map(([id, ticks]) => ticks - (before.get(id) ?? 0));
    // Threads of JavaScript take their part; a second thread of products would take a half.
    expect(Math.max(...spent) / spent.reduce((sum, ticks) => sum + ticks)).toBeGreaterThan(0.75);
    await program.close();
  });

  describe("what goes wrong inside a program", () => {
    const graph = trace((table, index) => [gather(table, index)], [float([3, 2]), int([2])]);
    const upload = (): DeviceTensor => engine.upload(tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]));

    test("names program and equation, carries the caller's stack, and leaves the program usable", async () => {
      const program = await engine.compile(graph, "lookup");
      const failure = await program
        .run([upload(), engine.upload(tensor(Int32Array.of(0, 7), [2]))])
        .catch((e: unknown) => e);
      expect(failure).toBeInstanceOf(Error);
      const { message, stack, cause } = failure as Error;
      expect(message).toMatch(
        /^torch: program "lookup" failed to run: f\[2,2\] = gather %0:f\[3,2\] %1:i\[2\]: .*index/,
      );
      expect(stack).toContain("torch.test.ts");
      expect((cause as Error).stack).toContain("torch.ts");
      const [rows] = await program.run([upload(), engine.upload(tensor(Int32Array.of(2, 0), [2]))]);
      expect([...(await rows!.read()).data]).toEqual([5, 6, 1, 2]);
      await program.close();
    });

    test("a tensor of another engine is refused", async () => {
      const program = await engine.compile(graph, "lookup");
      const other = reference.upload(tensor(Int32Array.of(0, 1), [2]));
      await expect(program.run([upload(), other])).rejects.toThrow(
        "expected input 2 to be a tensor of the torch engine",
      );
      await program.close();
    });
  });

  describe("choosing it", () => {
    test("auto takes torch where it loads", async () => {
      expect((await selectEngine("auto")).identity).toMatchObject({ name: "torch", device: "cpu", precision: "f32" });
    });

    test("what the onnx engine cannot do is refused, not ignored", async () => {
      await expect(selectEngine("onnx", { precision: "bf16" })).rejects.toThrow(
        "--precision bf16: expected --engine torch or auto, got onnx",
      );
      await expect(selectEngine("onnx", { device: "cuda" })).rejects.toThrow("--device cuda: expected --engine torch");
    });

    test.runIf(!info?.cuda)("a graphics card that is not there is refused with the reason", () => {
      expect(() => torchEngine({ device: "cuda" })).toThrow(
        /^--device cuda: (this build's libtorch has no CUDA|libtorch was built)/,
      );
    });
  });

  test("results are the same bit for bit from run to run and from session to session", async () => {
    const specs = [float([8, 16, 8, 8]), float([32, 16, 3, 3]), float([512, 4])];
    const graph = trace(
      (x, w, a) => [conv2d(x, w, { stride: 1, pad: 1 }), matmul(a, mul(a, 2)).shape.length ? mul(a, a) : a],
      [specs[0]!, specs[1]!, float([4, 4])],
    );
    const inputs = graph.inputs.map((spec, i) => normal(spec, 3, `input ${i}`));
    const bytes = async (): Promise<string[]> =>
      (await runOnce(engine, graph, inputs)).map(({ data }) => Buffer.from(data.buffer).toString("base64"));
    expect(await bytes()).toEqual(await bytes());
  });

  describe.runIf(info?.bfloat16)("bfloat16", () => {
    const graph = trace(
      (x, w) => [conv2d(mul(x, 1.5), w, { stride: 1, pad: 1 })],
      [float([4, 32, 8, 8]), float([16, 32, 3, 3])],
    );
    const inputs = graph.inputs.map((spec, i) => normal(spec, 5, `input ${i}`));

    test("rounds a convolution's operands, and nothing else", async () => {
      const [want] = await runOnce(reference, graph, inputs);
      const [got] = await runOnce(torchEngine({ threads: 2, precision: "bf16" }), graph, inputs);
      const scale = Math.max(...want!.data.map(Math.abs));
      const error = Math.max(...want!.data.map((value, i) => Math.abs(value - got!.data[i]!))) / scale;
      // Eight bits of mantissa in each factor: 2⁻⁹ relative each, over 288 products of either sign.
      expect(error).toBeLessThan(2e-2);
      expect(error).toBeGreaterThan(1e-5);
      const sum = trace((x) => [mul(x, 1.0009765625)], [float([4])]);
      const x = tensor(Float32Array.of(1, 2, 3, 4), [4]);
      const [exact] = await runOnce(torchEngine({ precision: "bf16" }), sum, [x]);
      expect([...exact!.data]).toEqual([1.0009765625, 2.001953125, 3.0029296875, 4.00390625]);
    });
  });

  describe("memory and environments", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;

    test("1,000 teacher periods leave neither memory nor handles behind", async () => {
      const config = tiny({ engine: "torch", student: "mlp", batch: 16, validBatch: 16, teacherEvery: 2, window: 2 });
      const trainer = await prepareTrainer(config, imageAim([3, 8, 8], ["a", "b", "c"]));
      const batch = randomImages([3, 8, 8], 3, 16, 1);
      const counts = (): { arrays: number; sessions: number; rss: number } => {
        collect();
        return { ...loadAddon().counts(), rss: process.memoryUsage.rss() / 2 ** 20 };
      };
      const period = async (): Promise<void> => {
        for (let i = 0; i < 2; i++) await trainer.step({ batch, rate: 0.01, moment: START }, i);
        await trainer.learn(batch);
      };
      for (let i = 0; i < 200; i++) await period();
      // Finalisers run between tasks.
      const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 50));
      collect();
      await settle();
      const before = counts();
      for (let i = 0; i < 1000; i++) await period();
      collect();
      await settle();
      const after = counts();
      expect(after.sessions).toBe(before.sessions);
      expect(after.arrays).toBeLessThanOrEqual(before.arrays + 50);
      expect(after.rss - before.rss).toBeLessThan(20);
      await trainer.close();
    });

    const script = (body: string): string => `
    import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
    import { torchEngine } from ${JSON.stringify(dist("engines/torch/torch.js"))};
    import { trace } from ${JSON.stringify(dist("graph/graph.js"))};
    import { conv2d } from ${JSON.stringify(dist("ops/convolution.js"))};
    const float = (shape) => ({ shape, dtype: "float" });
    const engine = torchEngine({ threads: 2 });
    const program = await engine.compile(trace((x, w) => [conv2d(x, w, { stride: 1, pad: 1 })], [float([8, 16, 16, 16]), float([16, 16, 3, 3])]));
    const array = (shape) => ({ shape, dtype: "float", data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1) });
    const inputs = [array([8, 16, 16, 16]), array([16, 16, 3, 3])].map((x) => engine.upload(x));
    ${body}`;

    test("two workers run sessions of their own at the same time", async () => {
      const body = script(`
      let sum = 0;
      for (let i = 0; i < 50; i++) sum = (await (await program.run(inputs))[0].read()).data[8 * 16 + 8];
      await program.close();
      parentPort.postMessage(sum);`);
      const worker = (): Promise<unknown> =>
        new Promise((resolve, reject) => {
          const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(body)}`));
          thread.once("message", resolve);
          thread.once("error", reject);
        });
      const [one, other] = await Promise.all([worker(), worker()]);
      // An inner pixel sums 9 ones in each of 16 channels; Winograd's method rounds in between.
      expect(one).toBeCloseTo(144, 3);
      expect(other).toBe(one);
    });

    const run = promisify(execFile);
    test.each([
      ["at its end", "await program.run(inputs);"],
      ["by process.exit", "await program.run(inputs); process.exit(0);"],
      [
        "while a worker runs",
        `if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url), { argv: process.argv });
        await new Promise((up) => worker.once("message", up));
        await worker.terminate();
      } else {
        parentPort.postMessage("running");
        for (;;) { await program.run(inputs); await new Promise((next) => setImmediate(next)); }
      }`,
      ],
    ])("a process with live sessions exits cleanly %s", async (_how, body) => {
      const url = `data:text/javascript,${encodeURIComponent(script(body))}`;
      const { stderr } = await run(process.execPath, [
        "--input-type=module",
        "-e",
        `await import(${JSON.stringify(url)})`,
      ]);
      expect(stderr).toBe("");
    });
  });
});
