/** @file What tells CIFAR-10 and CIFAR-100 apart. */

import type { Dataset } from "../dataset.ts";
import type { BuiltInSet } from "./built-in-set.ts";

export interface CifarLayout<Name extends string = string> extends Pick<BuiltInSet<Name>, "name" | "summary"> {
  readonly archive: { readonly name: string; readonly md5: string };
  /** of the archive */
  readonly folder: string;
  /** files of records, in order */
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** file of class names, one a line */
  readonly names: string;
  /** label bytes before the pixels; the last of them is the class */
  readonly labelBytes: number;
  readonly classes: readonly string[];
  /** the release for Python, whose files have the names of the binary ones without `.bin` */
  readonly python: {
    readonly archive: string;
    readonly folder: string;
    /** file of class names */
    readonly names: string;
    /** keys of the lists of labels and of class names */
    readonly labels: string;
    readonly classNames: string;
  };
  /**
   * Target classes of flip2 noise, as drawn by Meta-Weight-Net (Shu et al., NeurIPS 2019). Its matrix function seeds
   * numpy's legacy generator with 1 and then takes `choice(others, 2, replace=False)` for class 0, 1, …, so the pairs are
   * the same in every run. They are written out because that generator exists only in numpy.
   */
  readonly flipPairs: NonNullable<Dataset["flipPairs"]>;
}
