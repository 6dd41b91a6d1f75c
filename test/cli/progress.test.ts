import { describe, expect, test } from "vitest";
import { counted } from "../../src/format.ts";
import { advance, noProgress } from "../../src/cli/show/progress-state.ts";
import { evalText, rehearsedText, summaryText } from "../../src/cli/show/outcome-text.ts";
import { progressText, stepText } from "../../src/cli/show/progress-text.ts";
import { startText } from "../../src/cli/show/start-text.ts";
import { jobText } from "../../src/cli/show/sweep-display.ts";
import { jsonReporter, textReporter } from "../../src/cli/show/reporter.ts";
import { demoText } from "../../src/cli/verbs/demo.ts";
import { healthText, isSupported } from "../../src/cli/verbs/doctor.ts";
import type { TrainInput } from "../../src/train/config.ts";
import { trainSchema } from "../../src/train/config.ts";
import type {
  EvalEvent,
  RehearsalEvent,
  RunResults,
  StartEvent,
  StepEvent,
  TrainEvent,
} from "../../src/train/events.ts";
import { train } from "../../src/train/run.ts";
import { tiny } from "../train/tiny.ts";
import { fakeIo } from "./fake-io.ts";

const start: StartEvent = {
  type: "start",
  folder: "runs/a",
  config: trainSchema.parse({ method: "deep", noise: "flip2:0.4", epochs: 3, batch: 100 }),
  engine: { name: "onnx", version: "1.30.0", device: "cpu", precision: "f32", threads: 2 },
  student: { name: "resnet32", parameters: 466906 },
  teacherParameters: 4242,
  examples: { train: 7000, valid: 1000, test: 2000 },
  noiseRate: 0.3896,
  steps: { done: 0, perEpoch: 70, total: 210 },
};
const step = (n: number): StepEvent => ({
  type: "step",
  step: n,
  epoch: 1 + Math.floor((n - 1) / 70),
  loss: 1.23456,
  learningRate: 0.1,
  stepMs: 50,
  imagesPerSecond: 2000,
  weights: { min: 0.02, q25: 0.61, median: 1.03, q75: 1.4, max: 2.1, effective: 0.8 },
});
const notTested: EvalEvent = {
  type: "eval",
  step: 70,
  epoch: 1,
  trainLoss: 2.1,
  trainError: 0.7,
  validLoss: 1.5,
  validError: 0.431,
  best: true,
  seconds: 1,
};
const evaluation: EvalEvent = { ...notTested, testLoss: 1.6, testError: 0.4425 };
const results: RunResults = {
  finished: true,
  steps: 210,
  rehearsalSteps: 0,
  draws: 210,
  testError: { last: 0.1234, bestValidation: 0.12 },
  testLoss: { last: 0.5, bestValidation: 0.4 },
  validError: { last: 0.11, best: 0.1 },
  noiseRate: 0.3896,
  losses: { auroc: null, averagePrecision: null },
  rankedBy: "weight",
  teacherUpdates: 0,
  largestDrift: null,
  weights: { auroc: 0.91, averagePrecision: 0.8, aurocLast: 0.92 },
  secondsPerStep: 0.25,
  secondsPerTeacherUpdate: 1.5,
  imagesPerSecond: 400,
  wallSeconds: 3725,
  peakRssBytes: 1e9,
};

// 100 images a step; steps 1 and 71 are 35 s apart: 0.5 s a step, 200 images/s, 139 steps to go = 69.5 s.
const events = [start, step(1), step(71), evaluation] as const;
const progress = [0, 10, 45, 46].reduce((state, time, i) => advance(state, events[i]!, time), noProgress);

describe("rehearsals", () => {
  // Two of 40 steps before 210 of the real run, half a second a step.
  const before: StartEvent = { ...start, rehearsals: { count: 2, steps: 40 } };
  const rehearsal = (n: number, step: number): RehearsalEvent => ({
    type: "rehearsal",
    rehearsal: n,
    step,
    loss: 1.5,
    learningRate: 0.1,
    stepMs: 500,
  });
  const after = (...later: readonly [TrainEvent, number][]) =>
    later.reduce((state, [event, time]) => advance(state, event, time), advance(noProgress, before, 0));

  test("are shown as what they are, with the time to the end of the run", () => {
    const now = after([rehearsal(1, 1), 10], [rehearsal(2, 20), 39.5]);
    // 59 steps in 29.5 s, and 230 to go.
    expect(now.eta).toBeCloseTo(115, 10);
    expect(progressText(now, 80).split("\n")).toEqual([
      "████████░░  rehearsal 2/2  step 20/40  ETA 1 min 55 s",
      "loss 1.500",
    ]);
    expect(jobText("a", now, 80)).toBe("a  ████████░░ 75 %  ETA 1 min 55 s  rehearsal 2/2  step 20/40");
    expect(startText(before)).toMatch(/210 in 3 epochs, after 2 rehearsals of 40 steps$/m);
  });

  test("what a resume found stands below, a line each", () => {
    const remarks = ["last.safetensors is damaged", "metrics.jsonl lacks 5 of 9 bytes"];
    expect(
      startText({ ...start, remarks })
        .split("\n")
        .slice(-2),
    ).toEqual(remarks.map((text) => `note     ${text}`));
  });

  test("give way to the real student", () => {
    const now = after([rehearsal(2, 40), 10], [step(1), 10.5], [step(71), 45.5]);
    expect(now.rehearsal).toBeNull();
    expect(now.eta).toBeCloseTo(69.5, 10);
    expect(progressText(now, 80)).toContain("step 71/210");
  });

  test("leave a line with what was learnt, and their steps in the summary", () => {
    const learnt = {
      type: "rehearsed",
      rehearsal: 1,
      facts: { reward: 0.693147, "draws a step": 1.14 },
      seconds: 0,
    } as const;
    expect(rehearsedText(learnt, 8)).toBe("rehearsal 1/8  reward 0.6931  draws a step 1.14");
    const summary = summaryText("runs/a", { ...results, draws: 1234, rehearsalSteps: 80 });
    expect(summary).toContain("210 steps from 1,234 draws, 80 of rehearsals, 250 ms a step");
  });
});

test("the start of a run says where its teacher comes from, and that it stays", () => {
  const told = (changes: TrainInput): string => startText({ ...start, config: trainSchema.parse(changes) });
  expect(told({})).toMatch(/teacher with 4,242 parameters$/m);
  expect(told({ teacherFrom: "runs/a" })).toMatch(/teacher with 4,242 parameters from runs\/a$/m);
  expect(told({ teacherFrom: "runs/a", freezeTeacher: true })).toMatch(/from runs\/a, frozen$/m);
});

test("a teacher larger than its student is remarked upon", () => {
  const large = { ...start, teacherParameters: 16_785_409 };
  expect(startText(large)).toMatch(
    /teacher with 16,785,409 parameters \(more than the student's: .* --teacher mlp-0, or fewer --features\)$/m,
  );
  expect(startText({ ...start, teacherParameters: start.student.parameters })).not.toContain("more than");
});

describe("the progress line", () => {
  test("pace and time left come from the clock, teacher updates and all, counted from the first step's end", () => {
    expect(progress.imagesPerSecond).toBeCloseTo(200, 9);
    expect(progress.eta).toBeCloseTo(69.5, 9);
    expect(progress.validError).toBe(0.431);
  });

  test("shows epoch, step, time left, images a second, loss, validation error and the weights", () => {
    expect(progressText(progress, 120)).toMatchInlineSnapshot(`
      "███░░░░░░░  epoch 2/3  step 71/210  33 %  ETA 1 min 10 s  200 img/s
      loss 1.235  valid error 43.1 %  weights 0.02 [0.61 1.03 1.40] 2.10"
    `);
    expect(stepText(progress)).toMatchInlineSnapshot(
      `"epoch 2/3  step 71/210  33 %  ETA 1 min 10 s  200 img/s  loss 1.235  valid error 43.1 %  weights 0.02 [0.61 1.03 1.40] 2.10"`,
    );
  });

  test("never exceeds the terminal's width", () => {
    for (const columns of [20, 40, 60, 80]) {
      for (const line of progressText(progress, columns).split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  test("says that it prepares until the first step, and leaves weights out that are all the same", () => {
    expect(progressText(noProgress, 80)).toBe("preparing…");
    const weights = { min: 1, q25: 1, median: 1, q75: 1, max: 1, effective: 1 };
    const plain = advance(advance(noProgress, start, 0), { ...step(1), weights }, 1);
    expect(progressText(plain, 200)).toMatch(/\nloss 1\.235$/);
  });
});

describe("what stays on the screen", () => {
  test("the start", () => {
    expect(startText(start)).toMatchInlineSnapshot(`
      "run      runs/a (deep, seed 1)
      engine   onnx 1.30.0, f32, 2 threads
      student  resnet32 with 466,906 parameters, teacher with 4,242 parameters
      data     glyphs: 7,000 train (39.0 % of the labels wrong), 1,000 clean validation, 2,000 test
      steps    210 in 3 epochs"
    `);
  });

  test("an evaluation", () => {
    expect(evalText(evaluation, 60)).toMatchInlineSnapshot(
      `"epoch  1/60  train loss 2.100  valid error 43.10 %  valid loss 1.500  test error 44.25 %  test loss 1.600  best so far"`,
    );
    const untested: EvalEvent = { ...notTested, best: false };
    expect(evalText(untested, 60)).toBe("epoch  1/60  train loss 2.100  valid error 43.10 %  valid loss 1.500");
    // The last student counts as the best where nothing validates, which is no news of any.
    expect(evalText({ ...notTested, best: true, validError: null, validLoss: null }, 60)).toBe(
      "epoch  1/60  train loss 2.100",
    );
  });

  test("the summary", () => {
    expect(summaryText("runs/a", results)).toMatchInlineSnapshot(`
      "
      test error, last             12.34 %
      test error, best validation  12.00 % (validation 10.00 %)
      test loss, last              0.500
      AUROC of wrong labels        0.910 (mean weight), 0.920 (last weight)
      weights.csv                  ranked by mean weight
      time                         1 h 02 min, 210 steps, 250 ms a step, 1500 ms a teacher update
      folder                       runs/a"
    `);
  });

  test("the summary leaves out numbers that the run does not have", () => {
    const none = { last: null, bestValidation: null };
    const early: RunResults = {
      ...results,
      finished: false,
      steps: 1,
      draws: 1,
      testError: none,
      testLoss: none,
      validError: { last: null, best: null },
      weights: { auroc: null, averagePrecision: null, aurocLast: null },
      secondsPerStep: null,
      secondsPerTeacherUpdate: null,
    };
    expect(summaryText("runs/a", early)).toBe(
      "\nweights.csv  ranked by mean weight\ntime         1 h 02 min, 1 step\nfolder       runs/a",
    );
    const unvalidated: RunResults = { ...results, validError: { last: null, best: null } };
    expect(summaryText("runs/a", unvalidated)).not.toContain("validation");
    const lost = { ...results, testError: { last: 0.1234, bestValidation: null } };
    expect(summaryText("runs/a", lost)).toMatch(
      /^test error, best validation {2}unknown, because checkpoint\/best.* could not be read \(validation 10.00 %\)$/m,
    );
  });

  test("one of something is said so", () => {
    const one: StartEvent = {
      ...start,
      config: { ...start.config, epochs: 1 },
      engine: { ...start.engine, threads: 1 },
      teacherParameters: 1,
      noiseRate: null,
      rehearsals: { count: 1, steps: 1 },
    };
    expect(startText(one).split("\n").slice(1)).toEqual([
      "engine   onnx 1.30.0, f32, 1 thread",
      "student  resnet32 with 466,906 parameters, teacher with 1 parameter",
      "data     glyphs: 7,000 train (noise unknown), 1,000 clean validation, 2,000 test",
      "steps    210 in 1 epoch, after a rehearsal of 1 step",
    ]);
    const trusted = { ...start, examples: { ...start.examples, valid: 500, trusted: 500 } };
    expect(startText(trusted)).toContain(" wrong), 500 trusted, trained on too, 500 clean validation, 2,000 test");
    const alone = { ...trusted, examples: { ...trusted.examples, valid: 0 } };
    expect(startText({ ...alone, config: trainSchema.parse({ method: "trusted-only" }) })).toContain(
      " wrong), 500 trusted, trained on alone, 2,000 test",
    );
    expect([0, 1, 2, 1950].map((n) => counted(n, "class", "classes"))).toEqual([
      "0 classes",
      "1 class",
      "2 classes",
      "1,950 classes",
    ]);
  });

  test("the demo's table, with the strongest baseline and a caveat", () => {
    const folder = "runs/a";
    const of = (last: number) => ({ ...results, testError: { ...results.testError, last } });
    const run = (method: string, last: number) => ({ method, seed: 1, folder, results: of(last) });
    // 12.34 − 20 and 12.34 − 15 points.
    const runs = [run("uniform", 0.2), run("mixed", 0.15), run("deep", 0.1234)];
    expect(demoText(runs, "runs")).toMatchInlineSnapshot(`
      "
      method   test error, last  test error, best validation  test loss, last  AUROC        time
      ───────  ────────────────  ───────────────────────────  ───────────────  ─────  ──────────
      uniform           20.00 %                      12.00 %            0.500  0.910  1 h 02 min
      mixed             15.00 %                      12.00 %            0.500  0.910  1 h 02 min
      deep              12.34 %                      12.00 %            0.500  0.910  1 h 02 min

      39.0 % of the training labels were wrong. AUROC: how well low weights point to them (0.5 is chance, 1 is perfect).
      The strongest baseline is mixed. Against it, in points: deep −2.66.
      One seed: repeat with --seed 2, 3, … and \`reweight compare "runs/demo-*"\` before believing a difference."
    `);
  });

  test("the doctor's verdict, with a remedy under what is wrong", () => {
    const health = {
      version: "1.0.0",
      node: "v18.0.0",
      nodeSupported: isSupported("18.0.0"),
      platform: "linux-x64",
      cpu: "A CPU",
      cores: 2,
      memoryBytes: 8 * 2 ** 30,
      freeMemoryBytes: 2 ** 30,
      folder: "/home",
      folderWritable: true,
      engines: [
        { name: "onnx", loads: false, detail: ["no such file"], remedy: "Run `npm ci` again" },
        { name: "reference", loads: true, detail: [] },
      ],
    };
    expect(healthText(health, fakeIo())).toMatchInlineSnapshot(`
      "reweight  1.0.0
      machine   linux-x64, 2 cores, A CPU
      memory    1.0 GiB free of 8.0 GiB
      ✗ Node v18.0.0: version 20.11 or newer is needed. Install it from nodejs.org
      ✓ /home can be written to
      ✗ engine onnx does not load
          no such file
          → Run \`npm ci\` again
      ✓ engine reference
      Not ready to train: see the lines marked ✗."
    `);
  });
});

describe("reporters", () => {
  test("--json prints each event as one line of JSON", () => {
    const io = fakeIo();
    const reporter = jsonReporter(io);
    for (const event of events) reporter.onEvent(event);
    expect(io.printed.map((line) => JSON.parse(line) as unknown)).toEqual(events);
  });

  test("without a terminal, only the start and evaluations are told within half a minute", () => {
    const io = fakeIo();
    const reporter = textReporter(io);
    for (const event of [...events, step(80), { type: "checkpoint", step: 80 } as const]) reporter.onEvent(event);
    reporter.close();
    expect(io.printed).toEqual([startText(start), evalText(evaluation, 3)]);
  });
});

describe("between two events of the record", () => {
  // Each step takes longer than a display waits.
  test("a display is told of each slow step once, and the record of every tenth as ever", async () => {
    const config = tiny({ method: "uniform", epochs: 2 });
    const recorded: number[] = [];
    const shown: number[] = [];
    const wait = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 260);
    await train(config, {
      onEvent: (event) => {
        if (event.type === "step") recorded.push(event.step);
        wait();
      },
      onProgress: (event) => {
        shown.push(event.step);
        wait();
      },
    });
    expect(recorded).toEqual([1, 10]);
    expect(shown).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("fast steps are left out", async () => {
    const shown: number[] = [];
    const started = performance.now();
    await train(tiny({ method: "uniform" }), { onProgress: ({ step }) => shown.push(step) });
    expect(shown.length).toBeLessThanOrEqual((performance.now() - started) / 250);
  });
});
