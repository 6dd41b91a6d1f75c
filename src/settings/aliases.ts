/** @file Names that options have in other programs, with what they are called here. */

import { kebab } from "./settings.ts";

/** Options here, each with the names that people try first. A text after the option says what else differs. */
const ELSEWHERE: readonly (readonly [here: string, others: string])[] = [
  ["data", "dataset data-set dataset-name task"],
  ["data-dir", "data-path data-root data-folder root root-dir dataset-dir datadir dataroot"],
  [
    "noise flip2:0.4 (its kind and its rate)",
    "noise-type noise-rate noise-ratio noise-mode noise-level label-noise corruption corruption-prob corruption-type",
  ],
  ["valid", "val val-size valid-size validation validation-size n-valid num-valid num-meta meta-size num-clean"],
  ["train-limit", "n-train num-train train-size subset max-train-samples num-samples samples"],
  ["test-limit", "n-test num-test test-size max-test-samples"],
  ["student", "model arch architecture net network backbone model-name"],
  ["method", "algorithm algo alg loss reweighting weighting"],
  ["epochs", "epoch num-epochs n-epochs n-epoch max-epochs total-epochs train-epochs num-train-epochs e"],
  ["max-steps", "max-iter max-iters max-iterations iterations iters steps n-iter num-steps num-iterations"],
  ["batch", "batch-size batchsize bs train-batch-size mini-batch minibatch b"],
  ["lr", "learning-rate learningrate base-lr init-lr initial-lr student-lr eta step-size"],
  ["milestones: epochs after which --lr is divided by 10", "lr-milestones lr-decay lr-steps lr-step decay-epochs"],
  ["schedule: steps, constant or inverse-sqrt", "lr-schedule lr-scheduler scheduler"],
  ["momentum", "mom mu sgd-momentum"],
  ["weight-decay", "wd l2 l2-reg decay"],
  ["valid-batch", "val-batch val-batch-size valid-batch-size meta-batch-size test-batch-size eval-batch-size"],
  ["teacher-lr", "meta-lr mlr teacher-learning-rate outer-lr vnet-lr"],
  ["optimizer: the student's; the teacher's is --teacher-optimizer", "optim optimiser opt"],
  ["warmup", "warmup-steps warmup-updates num-warmup-steps warm-up"],
  ["adam-beta1", "beta1 adam-betas betas"],
  ["adam-beta2", "beta2"],
  ["adam-epsilon", "adam-eps eps epsilon"],
  ["teacher-every", "k update-every meta-every update-freq"],
  ["window", "unroll unroll-steps lookback"],
  ["seed", "random-seed manual-seed random-state rng-seed seeds"],
  ["engine", "backend framework"],
  ["device cuda", "gpu gpus cuda use-cuda gpu-id gpu-ids use-gpu ngpu"],
  ["device cpu", "cpu no-cuda no-gpu force-cpu"],
  ["precision", "amp fp16 half bf16 dtype mixed-precision float16 bfloat16 tf32"],
  ["threads", "workers num-workers n-workers num-threads nthreads n-threads cpus cores"],
  ["eval-every", "eval-freq eval-interval test-freq test-interval validate-every val-interval"],
  ["checkpoint-every", "save-every save-freq save-interval checkpoint-freq save-steps snapshot-freq"],
  [
    "out",
    "output output-dir out-dir outdir save-dir save-path save log-dir logdir work-dir run-dir exp-dir output-folder folder name exp-name run-name",
  ],
  ["resume", "continue restart resume-from resume-from-checkpoint load load-checkpoint checkpoint-dir"],
  ["student-from", "pretrained init-from finetune-from pretrained-student pretrained-model init-checkpoint"],
  ["teacher-from", "teacher-path pretrained-teacher load-teacher"],
  ["config", "cfg conf config-file settings yaml"],
  ["augment", "augmentation data-augmentation aug"],
  ["deterministic", "cudnn-deterministic reproducible"],
  ["jobs", "parallel num-jobs n-jobs j"],
  ["dry-run", "dryrun plan estimate"],
];

/** An option here, and what to say after its name. */
export interface Called {
  /** Without dashes: `batch` */
  readonly option: string;
  /** Such as " cuda" or ": epochs after which …"; often empty */
  readonly note: string;
}

const BY_NAME: ReadonlyMap<string, Called> = new Map(
  ELSEWHERE.flatMap(([here, others]) => {
    const [option = ""] = /^[\w-]+/.exec(here) ?? [];
    return others.split(" ").map((name) => [name, { option, note: here.slice(option.length) }] as const);
  }),
);

/** The option that another program's name means, in any case: `batch_size`, `batchSize`, `batch-size`. */
export function calledHere(name: string): Called | undefined {
  if (name.length > LONGEST) return undefined;
  const plain = kebab(name.replaceAll("_", "-")).replace(/^-+/, "").toLowerCase();
  return BY_NAME.get(plain) ?? (plain === name ? undefined : { option: plain, note: "" });
}

/** No name in the table is longer. */
const LONGEST = 40;
