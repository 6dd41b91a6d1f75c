import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { lockFolder, refuseIfLocked, workIn } from "../src/folder-lock.ts";
import { waitForRun } from "../src/sweeps/wait.ts";

const root = mkdtempSync(join(tmpdir(), "reweight-lock-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (): string => mkdtempSync(join(root, "f-"));

const holder = (changes: object = {}): string =>
  JSON.stringify({
    host: hostname(),
    boot: null,
    pid: process.ppid,
    started: null,
    work: "train",
    token: "t",
    ...changes,
  });

/** A process that has ended. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.on("close", resolve));
  return child.pid!;
}

describe("the lock of a folder", () => {
  test("keeps a second one out, names its holder, and leaves nothing behind", async () => {
    const at = folder();
    const lock = await lockFolder(at, "run.lock", "train");
    expect(lock.isHeld()).toBe(true);
    await expect(lockFolder(at, "run.lock", "train")).rejects.toThrow(
      `${at}: expected no other process at work there, found process ${process.pid} (reweight train). Wait for it`,
    );
    await expect(refuseIfLocked(at, "run.lock")).rejects.toThrow(`process ${process.pid}`);
    expect(await workIn(at, "run.lock")).toBe(`process ${process.pid} (reweight train)`);
    lock.release();
    expect(readdirSync(at)).toEqual([]);
    expect(await workIn(at, "run.lock")).toBeUndefined();
    await refuseIfLocked(at, "run.lock");
  });

  test("of a process that has ended is taken over, with a word", async () => {
    const at = folder();
    const pid = await endedProcess();
    writeFileSync(join(at, "run.lock"), holder({ pid }));
    const lock = await lockFolder(at, "run.lock", "train");
    expect(lock.tookOverFrom).toBe(pid);
    expect(lock.isHeld()).toBe(true);
    expect(readdirSync(at)).toEqual(["run.lock"]);
  });

  test.runIf(existsSync("/proc/self/stat"))(
    "is stale where another process has the number now, or the machine was started again",
    async () => {
      for (const stale of [{ started: "1" }, { boot: "another" }]) {
        const at = folder();
        writeFileSync(join(at, "run.lock"), holder(stale));
        expect((await lockFolder(at, "run.lock", "train")).tookOverFrom).toBe(process.ppid);
      }
    },
  );

  test("of a process that lives, or is on another host, holds", async () => {
    const at = folder();
    writeFileSync(join(at, "run.lock"), holder());
    await expect(lockFolder(at, "run.lock", "train")).rejects.toThrow(`process ${process.ppid}`);
    writeFileSync(join(at, "run.lock"), holder({ host: "elsewhere", pid: await endedProcess() }));
    await expect(lockFolder(at, "run.lock", "train")).rejects.toThrow(
      new RegExp(
        `process \\d+ on elsewhere \\(reweight train\\)\\. If it has ended there, delete ${join(at, "run.lock")}`,
      ),
    );
  });

  test("that was cut short is waited for while it may still be written, then taken over", async () => {
    const at = folder();
    const path = join(at, "run.lock");
    writeFileSync(path, '{"host":');
    setTimeout(() => writeFileSync(path, holder()), 300);
    await expect(lockFolder(at, "run.lock", "train")).rejects.toThrow(`process ${process.ppid}`);
    writeFileSync(path, '{"host":');
    const past = new Date(Date.now() - 10_000);
    utimesSync(path, past, past);
    expect((await lockFolder(at, "run.lock", "train")).isHeld()).toBe(true);
  });

  test("is lost when another takes its place, and then is not removed", async () => {
    const at = folder();
    const lock = await lockFolder(at, "run.lock", "train");
    writeFileSync(join(at, "run.lock"), holder());
    expect(lock.isHeld()).toBe(false);
    lock.release();
    expect(readFileSync(join(at, "run.lock"), "utf8")).toBe(holder());
  });

  test("that many processes try to take over at once goes to one of them", { timeout: 60_000 }, async () => {
    const at = folder();
    writeFileSync(join(at, "run.lock"), holder({ pid: await endedProcess() }));
    const module = fileURLToPath(new URL("../dist/folder-lock.js", import.meta.url));
    const start = Date.now() + 1500;
    const code = `
      const { lockFolder } = await import(${JSON.stringify(module)});
      while (Date.now() < ${start});
      try { await lockFolder(${JSON.stringify(at)}, "run.lock", "train"); console.log("got it"); setTimeout(() => {}, 3000); }
      catch (error) { console.log(error.code); }`;
    const said = await Promise.all(
      Array.from({ length: 8 }, () => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", code]);
        let out = "";
        child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
        return new Promise<string>((resolve) => child.on("close", () => resolve(out.trim())));
      }),
    );
    expect(said.sort()).toEqual([...Array.from({ length: 7 }, () => "CONFIG"), "got it"]);
  });
});

test("a sweep waits for a run of a killed one to save", async () => {
  const at = folder();
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 600)"]);
  let gone = false;
  child.on("close", () => (gone = true));
  writeFileSync(join(at, "run.lock"), holder({ pid: child.pid }));
  const said: string[] = [];
  await waitForRun(at, new AbortController().signal, (line) => said.push(line));
  expect(gone).toBe(true);
  expect(said).toEqual([`Waiting for process ${child.pid} (reweight train) in ${at} to save.`]);
});
