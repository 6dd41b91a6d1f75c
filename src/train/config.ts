/**
 * @file Every setting of a training run: one schema gives the command line, the config file, its checks, the help, the
 * types, and the facts by which runs are identified and compared. Methods declare their own settings (methods/).
 */

import { createHash } from "node:crypto";
import { parse } from "node:path";
import { z } from "zod";
import { normalNoise } from "../data/noise/parse.ts";
import { choice, count, factsOf, flag, grouped, path, rate, text, texts, withFacts } from "../fields.ts";
import { METHODS, methodFields, methodOf } from "../methods/methods.ts";
import { teacherStepFields, trustedFields, weighingFields } from "../methods/options.ts";
import { STUDENT_OPTIMIZERS } from "../optim/student-optimizers.ts";
import { SCHEDULES } from "../optim/schedules.ts";
import { FITS } from "../data/pictures/decode.ts";
import { FORMATS } from "../data/own/understood.ts";
import { expandHome } from "../home.ts";
import { dataNames, defaultsFor, inputNames, isSet } from "../tasks/kinds.ts";

const PLACE = { role: "place" } as const;
const VALID = 1000;
const COMMON = { common: true } as const;

/** A seed of random streams. */
const seed = (description: string): z.ZodNumber => count(description, 0, 2 ** 32 - 1);

/** A share of an average that a step keeps. */
const beta = (description: string, value: number) =>
  withFacts(z.number().min(0).lt(1).describe(description).default(value), { since: { version: "0.2.0", value } });

/** What only sentence pairs have. */
const pairSettings = {
  bpeCodes: withFacts(
    path("Of sentence pairs: file of merges to apply (subword-nmt, version 0.2), in place of --bpe").optional(),
    {
      ...PLACE,
      hashes: ["dataset"],
    },
  ),
  maxLength: withFacts(
    count("Of sentence pairs: pieces of a side, `</s>` among them, above which a pair is not trained on", 2).default(
      100,
    ),
    { hashes: ["noise"], since: { version: "0.2.0", value: 100 } },
  ),
  tokens: withFacts(count("Of sentence pairs: places of either side of a batch, padding among them").default(2048), {
    since: { version: "0.2.0", value: 2048 },
  }),
  buckets: withFacts(
    count("Of sentence pairs: how many shapes batches have; more pad less, and compile longer").default(8),
    {
      since: { version: "0.2.0", value: 8 },
    },
  ),
};

const dataSettings = grouped(
  { group: "Data:" },
  {
    data: withFacts(
      path(
        `A path to data of your own, or a data set: of images (glyphs is drawn on the spot and needs no files), of texts (trec, hausa, yoruba), of sentence pairs (multi30k, iwslt14, pairs: your own parallel files)`,
      )
        .meta({ examples: dataNames })
        .default("glyphs"),
      {
        ...COMMON,
        hashes: ["dataset", "split", "noise"],
        stands: (value) => (isSet(value) ? value : "a path"),
      },
    ),
    dataDir: withFacts(path("Folder (or .tar.gz) with the data set's official files").optional(), {
      ...PLACE,
      ...COMMON,
    }),
    download: withFacts(
      flag("Fetch the official files into --data-dir when they are not there (checked by MD5)").default(false),
      { ...PLACE, ...COMMON },
    ),
    noise: withFacts(
      text(
        "Label noise: none, uniform:P, flip1:P, flip2:P (P in [0, 1]), given (of hausa and yoruba: their real one), of sentence pairs mask:PAIRS:WORDS or swap:PAIRS, or cifarn:aggre|random1|random2|random3|worse|noisy",
      ).default("none"),
      { ...COMMON, hashes: ["noise"], normal: normalNoise },
    ),
    noiseSeed: withFacts(
      seed("Seed of the label noise, to keep it while --seed varies; by default that of the run").optional(),
      { hashes: ["noise"], since: { version: "0.2.0", value: undefined } },
    ),
    cifarnDir: withFacts(path("Folder with CIFAR-N label files, for --noise cifarn:…").optional(), PLACE),
    valid: withFacts(
      count(
        "Clean validation examples, balanced over classes, taken out of training before noise is drawn; of a path, as many of its trusted examples (all by default). With 0, for methods that learn from none, the last student counts as the best",
        0,
      ).default(VALID),
      { ...COMMON, hashes: ["split", "noise"] },
    ),
    trainLimit: withFacts(count("Train on this many examples, drawn once from what is left").optional(), {
      hashes: ["noise"],
    }),
    testLimit: count("Test on this many examples").optional(),
    bpe: withFacts(
      count(
        "Of texts and sentence pairs: merges of byte-pair encoding, learnt from the training text; 0 keeps words whole",
        0,
      ).optional(),
      { hashes: ["dataset"], since: { version: "0.2.0", value: undefined } },
    ),
    ...pairSettings,
  },
);

/** Settings of data of one's own: of a path, not of a name. */
const ownSettings = grouped(
  { group: "Data of your own:", since: { version: "0.2.0", value: undefined } },
  {
    inputs: choice(inputNames, "What the examples of a path are; found out by reading it").optional(),
    format: choice(FORMATS, "How to read the path, where its name does not tell").optional(),
    columns: text("What columns mean: path=img,label=species,right_label=checked").optional(),
    featureColumns: text('Columns of a table that are features, with patterns: "f*,age"').optional(),
    labels: withFacts(path("Labels (.npy) of a .npy file of features").optional(), PLACE),
    root: withFacts(
      path("Folder that the paths in a table start from; by default that of the table").optional(),
      PLACE,
    ),
    classes: withFacts(path("Names of the classes and their order, one a line").optional(), PLACE),
    trusted: withFacts(
      texts(
        "Examples whose right label is known, beside those that the data tell: a file with an id a line or with id,right_label; split:NAME; agree:N annotators; none. May come several times",
      )
        .overwrite((some) => some.map(expandHome))
        .optional(),
      { role: "hash", hashes: ["split", "noise"] },
    ),
    testShare: withFacts(
      z
        .number()
        .min(0)
        .lt(1)
        .describe("Share of the trusted examples of each class that test, where the data have no test examples")
        .default(0.3),
      { hashes: ["split"], since: { version: "0.2.0", value: 0.3 } },
    ),
    imageSize: withFacts(
      count(
        "Of images: pixels on each side; by default 32 where half of them are at most 48 wide or high, else 64",
        8,
        1024,
      ).optional(),
      { hashes: ["dataset"] },
    ),
    fit: withFacts(
      choice(FITS, "What becomes of images that are no squares: cut around the centre, padded, or stretched").default(
        "crop",
      ),
      { hashes: ["dataset"], since: { version: "0.2.0", value: "crop" } },
    ),
    grey: withFacts(flag("Images of one channel").default(false), {
      hashes: ["dataset"],
      since: { version: "0.2.0", value: false },
    }),
    flip: withFacts(flag("Mirror training images at random (--no-flip: text, digits, left and right)").default(true), {
      since: { version: "0.2.0", value: true },
    }),
    badFiles: withFacts(
      choice(
        ["stop", "skip"],
        "Images that cannot be read: an error, or up to 5 % are passed over and listed in skipped.csv",
      ).default("stop"),
      { ...PLACE, since: { version: "0.2.0", value: "stop" } },
    ),
    cache: withFacts(
      path(
        "Folder of decoded images, made once; none: in memory. By default .reweight-cache beside the data",
      ).optional(),
      PLACE,
    ),
  },
);

const studentSettings = grouped(
  { group: "Student and method:" },
  {
    student: withFacts(
      text(
        "Student: resnet8|14|20|32|44|56|110, wrn-D-K (such as wrn-28-10), mlp or cnn; of texts bag (the default), textcnn or text-transformer; of numbers mlp (the default) or linear; of sentence pairs transformer-tiny (the default), transformer-iwslt or transformer:d=…,ffn=…,heads=…,layers=…",
      ).default("resnet32"),
      COMMON,
    ),
    dropout: withFacts(
      z
        .number()
        .min(0)
        .lt(1)
        .describe(
          "Share of states that a training step leaves out, of students that do so (those of texts and sentence pairs); by default the student's own",
        )
        .optional(),
      { since: { version: "0.2.0", value: undefined } },
    ),
    labelSmoothing: withFacts(
      z
        .number()
        .min(0)
        .lt(1)
        .describe("Of sentence pairs: ε, the share of a token's label that goes to other tokens; 0.1 by default")
        .default(0),
      { since: { version: "0.2.0", value: 0 } },
    ),
    smoothedOver: withFacts(
      choice(
        ["all", "others"],
        "Which tokens get ε: all of them, as in fairseq until February 2021, or the others alone, as since then",
      ).default("all"),
      { since: { version: "0.2.0", value: "all" } },
    ),
    loss: withFacts(
      choice(
        ["token", "sentence"],
        "Of sentence pairs: whether each target token counts the same in a batch's loss, or each pair",
      ).default("token"),
      { since: { version: "0.2.0", value: "token" } },
    ),
    studentFrom: withFacts(
      path(
        "Start the student from that of another run: its folder (best on validation), a file in its checkpoint/, or a .safetensors file",
      ).optional(),
      { role: "hash", since: { version: "0.2.0", value: undefined } },
    ),
    method: withFacts(
      choice(
        METHODS,
        "How examples are weighted; `reweight methods` tells of each. Without trusted examples (--valid 0) the default is uniform",
      ).default("anchored"),
      COMMON,
    ),
  },
);

const scheduleSettings = grouped(
  { group: "Schedule:" },
  {
    epochs: withFacts(count("Passes over the training examples", 1, 1_000_000).default(60), COMMON),
    batch: withFacts(count("Examples per student step", 2).default(128), COMMON),
    lr: withFacts(rate("Student learning rate η; 1e-3 by default with --optimizer adam").default(0.1), COMMON),
    schedule: withFacts(
      choice(
        SCHEDULES,
        "How η changes: steps: divided by 10 at --milestones; inverse-sqrt: with the root of the steps' number, from the end of --warmup on",
      ).default("steps"),
      { since: { version: "0.2.0", value: "steps" } },
    ),
    milestones: z
      .array(z.number().int().min(1))
      .describe("Epochs after which the learning rate is divided by 10; by default at 2/3 and 5/6 of the epochs")
      .optional(),
    warmup: withFacts(
      count("First student steps, over which η rises to --lr; none by default, 4000 with inverse-sqrt").optional(),
      { since: { version: "0.2.0", value: undefined } },
    ),
    optimizer: withFacts(
      choice(STUDENT_OPTIMIZERS, "Student's optimiser: momentum SGD, or Adam with decoupled weight decay").default(
        "momentum",
      ),
      { since: { version: "0.2.0", value: "momentum" } },
    ),
    momentum: z
      .number()
      .min(0)
      .lt(1)
      .describe("Student momentum μ; 0 only where no step is reversed by dividing by it")
      .default(0.9),
    adamBeta1: beta("Adam's β₁: what a step keeps of the mean gradient", 0.9),
    adamBeta2: beta("Adam's β₂: what a step keeps of the mean squared gradient", 0.98),
    adamEpsilon: withFacts(
      z
        .number()
        .positive()
        .describe("Adam's ε, added to the root of the mean squared gradient before its bias is corrected")
        .default(1e-8),
      { since: { version: "0.2.0", value: 1e-8 } },
    ),
    weightDecay: rate("Weight decay λ on every student parameter; 1e-4 by default with --optimizer adam").default(5e-4),
    dropLast: flag("Leave out the last, smaller batch of an epoch").default(false),
    augment: flag("Pad, crop and flip training images (--no-augment: leave them as they are)").default(true),
    padMode: choice(["zero", "reflect"], "What surrounds an image before it is cropped").default("zero"),
  },
);

const transferSettings = grouped(
  { group: "Teacher:" },
  {
    teacherFrom: withFacts(
      path(
        "Start the teacher from that of another run: its folder, its teacher.safetensors, or a file in its checkpoint/",
      ).optional(),
      { role: "hash" },
    ),
    freezeTeacher: flag("Keep the teacher of --teacher-from as it is").optional(),
  },
);

const VALID_BATCH = 128;

const metricSettings = grouped(
  { group: "Teacher:", teacher: true },
  {
    metric: choice(
      ["loglik", "accuracy"],
      "Validation metric that the teacher climbs: log-likelihood, or expected accuracy p(y)",
    ).default("loglik"),
    validBatch: count("Validation examples per teacher update, --valid if that is less").default(VALID_BATCH),
    validAugment: flag("Augment validation batches of teacher updates").default(false),
    validBn: choice(
      ["train", "eval"],
      "Batch norm in the teacher's validation pass: the batch's statistics, or the running ones",
    ).default("train"),
  },
);

const seedSetting = grouped(
  { group: "Student and method:", ...COMMON },
  {
    seed: seed("Seed of everything random").default(1),
  },
);

const engineSettings = grouped(
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

const runningSettings = grouped(
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
    bleuEvery: withFacts(
      count(
        "Of sentence pairs: epochs between BLEUs of the validation pairs, each with an evaluation; 0: only that of the test pairs, at the end",
        0,
      ).default(0),
      { role: "place", since: { version: "0.2.0", value: 0 } },
    ),
    beam: withFacts(count("Of sentence pairs: sequences that beam search follows at a time; 1 is greedy").default(5), {
      since: { version: "0.2.0", value: 5 },
    }),
    lenpen: withFacts(
      z
        .number()
        .describe("Of sentence pairs: p, where beam search divides Σ ln p by the number of tokens to the power p")
        .default(1),
      { since: { version: "0.2.0", value: 1 } },
    ),
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
