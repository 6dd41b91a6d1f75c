/**
 * @file Every setting of a training run: one schema gives the command line, the config file, its checks, the help, the
 * types, and the facts by which runs are identified and compared. Methods declare their own settings (methods/).
 */

import { createHash } from "node:crypto";
import { parse } from "node:path";
import { z } from "zod";
import { factsOf } from "../fields.ts";
import { methodFields, methodOf } from "../methods/methods.ts";
import { teacherStepFields, trustedFields, weighingFields } from "../methods/options.ts";
import { defaultsFor, isSet } from "../tasks/kinds.ts";
import { VALID, VALID_BATCH } from "./fields/common.ts";
import { dataSettings } from "./fields/data.ts";
import { ownSettings } from "./fields/own-data.ts";
import { engineSettings, runningSettings } from "./fields/running.ts";
import { scheduleSettings } from "./fields/schedule.ts";
import { seedSetting, studentSettings } from "./fields/student.ts";
import { metricSettings, transferSettings } from "./fields/teacher.ts";

/** Schema of the settings. Keys are the option names in camel case; descriptions are the help texts. */
export const trainFields = z.strictObject({
  ...dataSettings,
  ...ownSettings,
  ...studentSettings,
  ...scheduleSettings,
  ...trustedFields,
  ...weighingFields,
  ...transferSettings,
  ...teacherStepFields,
  ...methodFields,
  ...metricSettings,
  ...seedSetting,
  ...engineSettings,
  ...runningSettings,
});

/** Defaults with Adam, whose steps do not grow with the gradient and cannot be undone. */
const ADAM = { lr: 1e-3, weightDecay: 1e-4, reversal: "snapshot" } as const;

/**
 * Applies defaults that depend on other settings: those of the data, the optimiser's, the method's own, and clean batches no
 * larger than their part.
 */
function withOwnDefaults(given: unknown): unknown {
  const { data, method, valid, trainOnTrusted, optimizer } = trainFields.shape;
  const { data: set = data.parse(undefined), inputs, student, method: asked } = (given ?? {}) as Partial<TrainInput>;
  const suited: Partial<TrainInput> = defaultsFor({ data: set, inputs, student });
  const schema = z.object({ method: method.optional(), valid, optimizer });
  const named = schema.safeParse({ ...suited, ...(given as object) }).data;
  if (!named) return given;
  const chosen = asked ?? suited.method ?? (named.valid === 0 ? "uniform" : method.parse(undefined));
  const adam = named.optimizer === "adam" ? ADAM : {};
  const own = { ...suited, ...adam, ...methodOf(chosen).defaults, ...(given as object), method: chosen };
  const settings = z.object({ valid, trainOnTrusted }).safeParse(own).data;
  if (!settings) return own;
  const apart = settings.valid * (1 - settings.trainOnTrusted);
  // Where none stays apart, all guide. A share of them may fall beyond a whole number by rounding.
  const guides = Math.ceil((apart || settings.valid) - 1e-9);
  return { ...(guides > 0 && guides < VALID_BATCH ? { validBatch: guides } : {}), ...own };
}

/** Schema of a run's complete settings. A missing setting takes the default of its method, or else the general one. */
export const trainSchema = z.preprocess(withOwnDefaults, trainFields);

export type TrainConfig = z.output<typeof trainFields>;
export type TrainInput = z.input<typeof trainFields>;

/** Settings that every default name of a folder tells. */
const NAMED = ["student", "noise", "method", "seed"] as const;
/** Settings of which the name begins with one, and that reading a path gives. */
const FOUND = ["data", "inputs"] as const;
/** Most characters for all the others; more are told by a hash. */
const LONGEST_DETAIL = 60;

const word = (value: unknown): string => String(value).replace(/[^\w.]+/g, "-");

/** Folder of the run. Two runs that differ in what decides their numbers have different ones. */
export function outputFolder(config: TrainConfig): string {
  if (config.out !== undefined) return config.out;
  const { data } = config;
  const name = [isSet(data) ? data : parse(data).name, ...NAMED.map((key) => config[key])].map(word).join("-");
  const defaults: Readonly<Record<string, unknown>> = trainSchema.parse({
    data,
    inputs: config.inputs,
    student: config.student,
    method: config.method,
    valid: config.valid,
  });
  const others = Object.entries(config).filter(
    ([key, value]) =>
      value !== undefined &&
      !([...NAMED, ...FOUND] as readonly string[]).includes(key) &&
      !LEFT_OUT.includes(factsOf(key, trainFields.shape[key as keyof TrainConfig]).role) &&
      (key === "valid"
        ? isSet(data) && value !== (defaultsFor({ data })["valid"] ?? VALID)
        : JSON.stringify(value) !== JSON.stringify(defaults[key])),
  );
  if (others.length === 0) return `runs/${name}`;
  const detail = others.map(([key, value]) => `${key}-${word(value)}`).join("-");
  return `runs/${name}-${detail.length <= LONGEST_DETAIL ? detail : sha256(JSON.stringify(others)).slice(0, 8)}`;
}

/** Roles of settings that change no number, or only its last bits. */
const LEFT_OUT: readonly (string | undefined)[] = ["place", "threads"];

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
