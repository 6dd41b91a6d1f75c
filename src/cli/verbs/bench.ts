/** @file `reweight bench`: durations of a student step, a teacher update and a whole period on this machine. */

import { z } from "zod";
import type { Command } from "commander";
import { trainFields } from "../../train/config.ts";
import { bench as measure } from "../../train/trial/bench.ts";
import { EXIT } from "../errors.ts";
import { facts, fixed } from "../../format.ts";
import type { Io } from "../io.ts";
import { addOptions, givenOptions } from "../options.ts";
import { kindOfStudent } from "../../tasks/kinds.ts";
import { resolve } from "../../settings/resolve.ts";
import { settingsOf } from "../../settings/settings.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

const benchSchema = trainFields
  .pick({
    student: true,
    batch: true,
    validBatch: true,
    teacherEvery: true,
    window: true,
    interaction: true,
    reversal: true,
    engine: true,
    device: true,
    precision: true,
    threads: true,
  })
  .extend({
    periods: z.number().int().min(1).describe("Periods to time, after one to warm up; the median counts").default(3),
  });
const settings = settingsOf(benchSchema);

export const bench: Verb = {
  configure(command) {
    command.description(
      "Times training on random images of CIFAR's shape, or what else the student reads: a student step, a teacher update, and a period (K steps and the update after them), with the peak " +
        "memory of the process. Nothing else should run on the machine meanwhile.",
    );
    addOptions(command, settings);
    command.option("--json", "Print one JSON object on one line");
    examples(command, [
      ["The paper's setting", "reweight bench --student resnet32 --batch 128 --teacher-every 20 --window 2 --json"],
    ]);
  },

  async run(_args, command: Command, io: Io) {
    const options = resolve(benchSchema, [{ values: givenOptions(command, settings) }]);
    const { threads, ...rest } = options;
    const result = await measure(threads === undefined ? rest : { ...rest, threads });
    if (command.opts<{ json?: boolean }>().json) {
      io.out(JSON.stringify(result));
      return EXIT.ok;
    }
    const { stepMs, teacherUpdateMs, periodMs, peakRssMb } = result;
    io.out(
      facts([
        [
          "student step",
          `${fixed(stepMs, 1)} ms, ${fixed((options.batch / stepMs) * 1000, 0)} ${kindOfStudent(options.student).name}/s`,
        ],
        ["teacher update", `${fixed(teacherUpdateMs, 1)} ms, ${fixed(teacherUpdateMs / stepMs, 1)} student steps`],
        ["machine", `engine ${result.engine}, ${result.threads} threads`],
        [`period (${options.teacherEvery} steps)`, `${fixed(periodMs / 1000, 2)} s`],
        ["peak memory", `${fixed(peakRssMb, 0)} MB`],
      ]),
    );
    return EXIT.ok;
  },
};
