/** @file Settings of the engine, and of evaluations, saves and places. */

import { choice, count, flag, grouped, path, withFacts } from "../../fields.ts";
import { COMMON, PLACE } from "./common.ts";
import { translationSettings } from "./pairs.ts";

export const engineSettings = grouped(
  { group: "Running:", role: "engine" },
  {
    engine: choice(
      ["auto", "torch", "onnx", "reference"],
      "What runs the graphs: torch (built by `reweight build-torch`), onnx; reference is float64 and slow; auto takes torch where it loads, else onnx",
    ).default("auto"),
    device: choice(["cpu", "cuda"], "Where they run; cuda needs the torch engine and a libtorch with CUDA").default(
      "cpu",
    ),
    precision: choice(
      ["f32", "tf32", "bf16"],
      "Arithmetic of convolutions: float32, or operands rounded to bfloat16 with float32 sums (torch engine, processors that have it); tf32 on cuda",
    ).default("f32"),
    deterministic: flag("On cuda, use no kernels whose results vary from run to run; on the CPU none do").default(
      false,
    ),
    threads: withFacts(count("Threads of the engine; all cores by default", 1, 1024).optional(), { role: "threads" }),
  },
);

export const runningSettings = grouped(
  { group: "Running:" },
  {
    evalEvery: count("Epochs between evaluations on validation data").default(1),
    testEvery: withFacts(
      count(
        "Epochs between tests, each with an evaluation; 0: only the last student and the best, at the end",
        0,
      ).default(0),
      { role: "place", since: { version: "0.2.0", value: 1 } },
    ),
    ...translationSettings,
    checkpointEvery: withFacts(
      count("Student steps between checkpoints; one is also written after each epoch").default(200),
      PLACE,
    ),
    maxSteps: withFacts(
      count(
        "Stop after this many student steps, those of rehearsals included, as if interrupted: the run can be resumed",
      ).optional(),
      PLACE,
    ),
    out: withFacts(
      path(
        "Folder of the run; by default runs/<data>-<student>-<noise>-<method>-<seed>, and what else differs from the defaults",
      ).optional(),
      { ...PLACE, ...COMMON },
    ),
  },
);
