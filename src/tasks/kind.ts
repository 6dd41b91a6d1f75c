/** @file The interface of kinds of task: what `--data` may name, what can be trained on it, and how it becomes a task. */

import type { StudentFamily } from "../models/student.ts";
import type { ReadingSettings } from "../data/own/read-own.ts";
import type { Fit } from "../data/pictures/decode.ts";
import type { Understood } from "../data/own/understood.ts";
import type { Batch } from "./batches.ts";
import type { TaskRecord } from "./record.ts";
import type { Aim, Task } from "./task.ts";

/** Settings of a run that decide its data. A kind reads those that concern it. */
export interface DataSettings extends ReadingSettings {
  /** the name of a data set, or a path */
  readonly data: string;
  /** of a path: the kind of its examples */
  readonly inputs?: string | undefined;
  readonly testShare: number;
  /** of images of one's own: pixels on each side; found from the images where absent */
  readonly imageSize?: number | undefined;
  readonly fit: Fit;
  readonly grey: boolean;
  readonly badFiles: "stop" | "skip";
  /** folder of decoded images, or `none` */
  readonly cache?: string | undefined;
  readonly flip: boolean;
  readonly dataDir?: string | undefined;
  readonly download: boolean;
  readonly noise: string;
  readonly noiseSeed?: number | undefined;
  readonly cifarnDir?: string | undefined;
  readonly valid: number;
  readonly trainOnTrusted: number;
  readonly trainLimit?: number | undefined;
  readonly testLimit?: number | undefined;
  readonly seed: number;
  readonly augment: boolean;
  readonly padMode: "zero" | "reflect";
  readonly bpe?: number | undefined;
  readonly bpeCodes?: string | undefined;
  readonly maxLength: number;
  readonly tokens: number;
  readonly buckets: number;
  readonly labelSmoothing: number;
  readonly smoothedOver: "all" | "others";
  readonly loss: "token" | "sentence";
  readonly dropout?: number | undefined;
}

/** How data are loaded. */
export interface DataOptions {
  readonly onProgress?: (progress: {
    readonly file: string;
    readonly received: number;
    readonly total: number | undefined;
  }) => void;
  readonly signal?: AbortSignal;
}

/** Stands for data of a kind where numbers do not matter: in checks of names, and in benches. */
export interface MadeUp {
  readonly aim: Aim;
  /** A batch of random examples. */
  readonly batch: (size: number, seed: number) => Batch;
}

export interface TaskKind<Name extends string = string> {
  /** What its examples are, in the plural: `images`. */
  readonly name: string;
  /** Names of its data sets, as `--data` takes them. */
  readonly sets: readonly Name[];
  /** Families of students that read them. */
  readonly students: readonly StudentFamily[];
  readonly madeUp: MadeUp;
  /** Settings of a run that suit it, where the general defaults do not. */
  readonly defaults?: (given: {
    readonly data: string;
    readonly student?: string | undefined;
  }) => Readonly<Record<string, unknown>>;
  /** Whether it can make a task of what lies at a path; absent where it reads its data sets alone. */
  readonly reads?: (content: Understood["content"]) => boolean;
  /** @throws ConfigError for settings that do not go together, before any data are read */
  check(settings: DataSettings): void;
  /**
   * Loads a data set (from disk, by download or by generation), splits it and adds noise.
   * @throws ConfigError for settings that do not fit the data, DataError for files that are missing or wrong
   */
  prepare(settings: DataSettings, options?: DataOptions): Promise<Task>;
  /** What `reweight data` tells of one of its data sets. @throws as `prepare` */
  record?(settings: DataSettings, options?: DataOptions): Promise<TaskRecord>;
}
