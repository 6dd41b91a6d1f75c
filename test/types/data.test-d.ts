/**
 * Data-side types that a user of the library writes or reads, member by member. A change here is a change for every
 * user. `npm run check` compares the types; nothing here runs.
 */

import { expectTypeOf, test } from "vitest";
import type { Dataset, ImageSet, KnownLabels, Labels, Classification, TrainInput } from "reweight";
import { loadDataset, makeDataset, prepareClassification } from "reweight";

/** Members that may be left out, as they are when given. */
type OptionalMembers<T> = { [K in keyof T as object extends Pick<T, K> ? K : never]-?: Exclude<T[K], undefined> };
/** Members that must be there. */
type RequiredMembers<T> = { [K in keyof T as object extends Pick<T, K> ? never : K]: T[K] };

test("data sets", () => {
  expectTypeOf<Labels>().toEqualTypeOf<Uint8Array | Int32Array>();

  expectTypeOf<ImageSet>().toEqualTypeOf<{
    readonly pixels: Uint8Array;
    readonly labels: Uint8Array | Int32Array;
    readonly shape: readonly [channels: number, height: number, width: number];
    readonly count: number;
  }>();

  expectTypeOf<RequiredMembers<Dataset>>().toEqualTypeOf<{
    readonly name: string;
    readonly classes: readonly string[];
    readonly train: ImageSet;
    readonly test: ImageSet;
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly augment: { readonly pad: number; readonly flip: boolean; readonly padding: "zero" | "reflect" };
    readonly hash: string;
  }>();
  expectTypeOf<OptionalMembers<Dataset>>().toEqualTypeOf<{
    readonly flipPairs: readonly (readonly [number, number])[];
  }>();

  expectTypeOf(makeDataset).parameter(0).toEqualTypeOf<Omit<Dataset, "hash">>();
  expectTypeOf(makeDataset).returns.toEqualTypeOf<Dataset>();

  type LoadInput = Parameters<typeof loadDataset>[0];
  expectTypeOf<RequiredMembers<LoadInput>>().toEqualTypeOf<{
    readonly name: "cifar10" | "cifar100" | "mnist" | "glyphs";
  }>();
  expectTypeOf<keyof OptionalMembers<LoadInput>>().toEqualTypeOf<
    "dir" | "download" | "base" | "glyphs" | "onProgress" | "signal"
  >();
  expectTypeOf(loadDataset).returns.resolves.toEqualTypeOf<Dataset>();
});

test("tasks", () => {
  interface Examples {
    readonly pixels: Uint8Array;
    readonly indices: Uint32Array;
    readonly labels: Labels;
    readonly count: number;
  }
  interface TrainExamples extends Examples {
    readonly clean: Labels;
    readonly mask: Uint8Array;
    readonly right: KnownLabels;
  }
  interface ValidExamples extends Examples {
    readonly givenLabels: Labels;
    readonly annotated?: Uint32Array;
  }
  expectTypeOf<Classification>().toEqualTypeOf<{
    readonly name: string;
    readonly classes: readonly string[];
    readonly shape: ImageSet["shape"];
    readonly mean: readonly number[];
    readonly std: readonly number[];
    readonly augment: Dataset["augment"];
    readonly seed: number;
    readonly noise: string;
    readonly noiseRate: number;
    readonly matrix: Float64Array | undefined;
    readonly train: TrainExamples;
    readonly valid: ValidExamples;
    readonly trusted: Examples;
    readonly test: Examples;
    readonly source?: NonNullable<Classification["source"]>;
    readonly hashes: {
      readonly dataset: string;
      readonly split: string;
      readonly noise: string;
      readonly vocabulary?: string;
    };
  }>();

  type TaskInput = Parameters<typeof prepareClassification>[0];
  expectTypeOf<RequiredMembers<TaskInput>>().toEqualTypeOf<{ readonly dataset: Dataset; readonly seed: number }>();
  expectTypeOf<OptionalMembers<TaskInput>>().toEqualTypeOf<{
    readonly validSize: number;
    readonly trainOnTrusted: number;
    readonly noise: string;
    readonly noiseSeed: number;
    readonly trainLimit: number;
    readonly testLimit: number;
    readonly cifarnDir: string;
    readonly augment: Partial<Dataset["augment"]>;
  }>();
  expectTypeOf(prepareClassification).returns.resolves.toEqualTypeOf<Classification>();
});

test("settings of a run that say what it trains on", () => {
  expectTypeOf<
    OptionalMembers<Pick<TrainInput, "data" | "dataDir" | "download" | "noise" | "cifarnDir" | "valid" | "trainLimit">>
  >().toEqualTypeOf<{
    data: string;
    dataDir: string;
    download: boolean;
    noise: string;
    cifarnDir: string;
    valid: number;
    trainLimit: number;
  }>();
});
