import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { explain } from "../../src/cli/errors.ts";
import { withInterrupt } from "../../src/cli/interrupt.ts";
import { runCli } from "../../src/cli/program.ts";
import { ConfigError, DataError, DivergedError } from "../../src/errors.ts";
import { fakeIo } from "./fake-io.ts";

const system = (code: string, path?: string): Error =>
  Object.assign(new Error(`${code}: something, open`), { code, path });

describe("explaining errors", () => {
  test.each<[string, unknown, number, string]>([
    ["a wrong setting", new ConfigError("--lr: no"), 2, "reweight train: --lr: no"],
    ["bad data", new DataError("x.bin: too short"), 1, "reweight train: x.bin: too short"],
    ["divergence", new DivergedError("loss is NaN"), 1, "reweight train: loss is NaN"],
    [
      "a full disk",
      system("ENOSPC", "runs/a"),
      1,
      "reweight train: no space left on the disk for runs/a. Free some, or choose another folder with --out",
    ],
    [
      "a locked folder",
      system("EACCES", "/root/x"),
      1,
      "reweight train: no permission for /root/x (open). Change its permissions, or name another path",
    ],
    [
      "a read-only disk",
      system("EROFS", "/ro"),
      1,
      "reweight train: /ro is on a read-only file system. Name another path",
    ],
    [
      "a system error that lost its code",
      new Error("ENOSPC: no space left on device, write"),
      1,
      "reweight train: no space left on the disk. Free some, or choose another folder with --out",
    ],
    [
      "an unknown option",
      new CommanderError(1, "commander.unknownOption", "error: unknown option '--step'"),
      2,
      "reweight train: unknown option --step. Did you mean --steps?",
    ],
  ])("%s", (_, error, code, text) => {
    expect(explain(error, "reweight train", ["--steps", "--seed"])).toEqual({ text, code });
  });

  test("an unexpected error shows its stack and asks for a report", () => {
    const { text, code } = explain(new TypeError("x is not a function"), "reweight train");
    expect(code).toBe(1);
    expect(text).toMatch(
      /^reweight train: a defect in reweight, sorry\. Please report it .*\nTypeError: x is not a function\n +at /,
    );
  });
});

describe("the command line", () => {
  const run = async (...argv: string[]) => {
    const io = fakeIo();
    const code = await runCli(argv, io);
    return { code, out: io.printed.join("\n"), err: io.errors.join("\n") };
  };

  test.each<[string, string, string]>([
    ["trian", "reweight: unknown verb trian. Did you mean train?", ""],
    ["train --cifar n", "reweight train: unknown option --cifar. Did you mean --cifarn-dir?", ""],
    ["train --step 3", "reweight train: unknown option --step. See --help", ""],
    ["train --batch-size 64", "reweight train: unknown option --batch-size: it is called --batch", ""],
    ["train --batch_size=64", "reweight train: unknown option --batch_size=64: it is called --batch", ""],
    ["train --learning-rate=0.1", "it is called --lr", ""],
    ["train --weight_decay 1e-4", "it is called --weight-decay", ""],
    ["train --gpu", "reweight train: unknown option --gpu: it is called --device cuda", ""],
    ["train --lr-schedule cosine", "it is called --schedule: steps, constant or inverse-sqrt", ""],
    ["train --model resnet18", "it is called --student", ""],
    ["sweep x.yaml --batch-size 64", "reweight sweep: unknown option --batch-size. See --help", ""],
    ["train --student resnet6002", "--student: expected a resnet of depth 1202 at most, got resnet6002", ""],
    ["train --student wrn-28-100000000", "expected a depth of 1000 and some 1000000000 parameters at most", ""],
    ["train --threads 100000", "--threads: expected an integer from 1 to 1024, got 100000", ""],
    ["train --epochs 1e15", "--epochs: expected an integer from 1 to 1000000, got 1000000000000000", ""],
    ["train --method deep --momentum 0", "undoes steps by dividing by it. Use --reversal snapshot, or --window 1", ""],
    ["train --method deep --optimizer adam --reversal float", "expected snapshot, since --method deep goes back", ""],
    ["train --method deep --window 30", "--window: expected at most --teacher-every = 20 steps, got 30", ""],
    ["train --no-augmen", "reweight train: unknown option --no-augmen. Did you mean --no-augment?", ""],
    ["train --bach 3", "reweight train: unknown option --bach. Did you mean --batch?", ""],
    ["train extra", "reweight train: too many arguments for 'train'. Expected 0 arguments but got 1.", ""],
    ["train --batch", "reweight train: option '--batch <n>' argument missing", ""],
    ["train --batch 0", "reweight train: --batch: expected an integer ≥ 2, got 0", ""],
    ["train --noise sym:0.4", "Did you mean uniform?", ""],
    [
      "train --noise cifarn:worse",
      "reweight train: --noise cifarn:worse: expected --cifarn-dir with the label files, got none",
      "",
    ],
    ["compare", "reweight compare: missing required argument 'folders'", ""],
    ["compare x --json --csv", "option '--json' cannot be used with option '--csv'", ""],
    ["", "", "Usage: reweight <verb> [options]"],
  ])("%j is a usage error: exit code 2", async (line, err, out) => {
    const result = await run(...line.split(" ").filter((word) => word !== ""));
    expect(result.code).toBe(2);
    expect(result.err).toContain(err);
    expect(result.out).toContain(out);
  });

  test("a folder that is no run is a failure: exit code 1", async () => {
    expect(await run("compare", "/nowhere")).toEqual({
      code: 1,
      out: "",
      err: "reweight compare: /nowhere: not the folder of a run: there is no /nowhere/run.json. Runs lie in runs/ unless --out says otherwise",
    });
  });

  test("help and version exit with 0, print to standard output, and end with the exit codes", async () => {
    for (const argv of [
      ["--help"],
      ["help"],
      ["train", "--help"],
      ["help", "bench"],
      ["data", "-h"],
      ["demo", "-h"],
      ["doctor", "-h"],
      ["eval", "-h"],
    ]) {
      const { code, out, err } = await run(...argv);
      expect([argv, code, err]).toEqual([argv, 0, ""]);
      expect(out).toContain("130  interrupted");
    }
    expect(await run("--version")).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string });
  });

  test("every verb's help has examples", async () => {
    for (const verb of ["train", "eval", "compare", "bench", "data", "doctor", "demo"]) {
      expect((await run(verb, "--help")).out).toContain("\nExamples:\n  # ");
    }
  });

  test("a list may be empty, as a sweep passes one on", async () => {
    const { code, out } = await run("train", "--milestones=", "--print-config");
    expect([code, out]).toEqual([0, expect.stringContaining("milestones: []")]);
  });

  test("--print-config prints the resolved settings and trains nothing", async () => {
    const { code, out } = await run("train", "--seed", "5", "--no-augment", "--print-config");
    expect(code).toBe(0);
    expect(out).toContain("\nseed: 5\n");
    expect(out).toContain("\naugment: false\n");
  });
});

describe("interrupting", () => {
  const interruptTwice = async (patience: number) => {
    const io = fakeIo();
    const result = await withInterrupt(
      io,
      async (signal) => {
        io.interrupt();
        const aborted = signal.aborted;
        const early = [...io.exits];
        io.interrupt();
        return await Promise.resolve({ aborted, early });
      },
      patience,
    );
    return { ...result, exits: io.exits, errors: io.errors };
  };

  test("the first signal aborts and lets the work finish, the second ends the process with 130", async () => {
    expect(await interruptTwice(0)).toEqual({
      value: { aborted: true, early: [] },
      interrupted: true,
      exits: [130],
      errors: ["Stopping after this step, then saving. Once more to stop at once."],
    });
  });

  test("a signal that arrives twice at once, as from npx, is one signal", async () => {
    expect((await interruptTwice(500)).exits).toEqual([]);
  });

  test("after the work, signals are no longer listened to", async () => {
    const io = fakeIo();
    const result = await withInterrupt(io, () => Promise.resolve(1));
    io.interrupt();
    io.interrupt();
    expect([result.interrupted, io.exits]).toEqual([false, []]);
  });
});
