/** @file How the settings of a run belong together: headings in the help, and what matters when two runs are compared. */

import type { TrainConfig } from "../train/config.ts";

type Key = keyof TrainConfig;

/** Headings of `reweight train --help`, in order, and the settings under each. */
export const GROUPS: Readonly<Record<string, readonly Key[]>> = {
  "Data:": ["data", "dataDir", "download", "noise", "cifarnDir", "valid", "trainLimit", "testLimit"],
  "Student and method:": ["student", "method", "seed"],
  "Schedule:": ["epochs", "batch", "lr", "milestones", "momentum", "weightDecay", "dropLast", "augment", "padMode"],
  "Teacher:": [
    "features",
    "teacher",
    "teacherEvery",
    "window",
    "interaction",
    "reversal",
    "teacherFrom",
    "freezeTeacher",
    "teacherOptimizer",
    "teacherLr",
    "teacherWeightDecay",
    "metric",
    "validBatch",
    "validAugment",
    "validBn",
  ],
  "Other methods:": [
    "focalGamma",
    "focalDetach",
    "mwnetVariant",
    "mentornetVariant",
    "mentornetPercentile",
    "mentornetDropout",
    "mentornetFitSteps",
    "splVariant",
    "l2tPolicy",
    "l2tEpisodes",
    "l2tEpisodeShare",
    "l2tChecks",
    "l2tThreshold",
    "l2tLossSlots",
    "l2tLossMix",
    "transitionMemory",
  ],
  "Running:": [
    "engine",
    "device",
    "precision",
    "deterministic",
    "threads",
    "evalEvery",
    "checkpointEvery",
    "maxSteps",
    "out",
  ],
};

/** Heading of a setting; "Options:" for one that no group lists. */
export function groupOf(key: string): string {
  return Object.entries(GROUPS).find(([, keys]) => (keys as readonly string[]).includes(key))?.[0] ?? "Options:";
}

/** Settings that only a teacher reads and always has: the uniform baseline is the same run whatever they are. */
export const TEACHER_KEYS: readonly string[] = GROUPS["Teacher:"]!.filter(
  (key) => key !== "teacherFrom" && key !== "freezeTeacher",
);

/** Settings that say where and how a run goes, not what it computes. */
export const PLACE_KEYS: readonly string[] = [
  "out",
  "dataDir",
  "cifarnDir",
  "download",
  "threads",
  "checkpointEvery",
  "maxSteps",
] satisfies readonly Key[];
