/** @file What keeps a source from being trained on, and what is worth a warning. */

import { DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import type { Understood } from "./understood.ts";
import { countsOf } from "./understood.ts";

const listedClasses = (classes: readonly string[], which: readonly number[], of: (k: number) => string): string =>
  firstOf(
    which.map((k) => `${shortened(classes[k]!, 40)} (${of(k)})`),
    10,
  );

/**
 * Refuses a source whose classes cannot be learned.
 * @throws DataError for a single class, for a class of which there are fewer than two training examples, and for one that
 * only trusted or test examples have
 */
export function checkTrainable(understood: Understood): void {
  const { where, classes } = understood;
  const train = countsOf(understood, "train");
  if (train.total === 0) {
    throw new DataError(
      `${where}: has no training examples: all are trusted, for testing or left out. ` +
        `Leave some without a right label, or say --trusted none`,
    );
  }
  if (classes.length < 2)
    throw new DataError(`${where}: has the one class ${shortened(classes[0] ?? "")}. Two are needed`);
  const [trusted, test] = [countsOf(understood, "trusted"), countsOf(understood, "test")];
  const elsewhere = classes.flatMap((_, k) =>
    train.perClass[k] === 0 && trusted.perClass[k]! + test.perClass[k]! > 0 ? [k] : [],
  );
  if (elsewhere.length > 0) {
    throw new DataError(
      `${where}: no training example has the class ` +
        listedClasses(classes, elsewhere, (k) => `${trusted.perClass[k]} trusted, ${test.perClass[k]} for testing`) +
        `. Is it written in two ways? --classes FILE fixes the names`,
    );
  }
  const rare = classes.flatMap((_, k) => (train.perClass[k]! < 2 ? [k] : []));
  if (rare.length > 0) {
    throw new DataError(
      `${where}: a class needs two training examples at least: ` +
        listedClasses(classes, rare, (k) => `${train.perClass[k]}`) +
        `. Leave it out, or give it examples`,
    );
  }
}

/** Fewest trusted examples of a class: with fewer, what a teacher learns of it is chance. */
const FEW = 10;

/**
 * Warnings about trusted examples: classes with fewer than ten, or with under a fifth of their share of the training
 * examples.
 */
export function trustedWarnings(understood: Understood): string[] {
  const { classes } = understood;
  const [train, trusted] = [countsOf(understood, "train"), countsOf(understood, "trusted")];
  if (trusted.total === 0) return [];
  const thin = classes.flatMap((_, k) => {
    const share = (train.perClass[k]! / train.total) * trusted.total;
    return trusted.perClass[k]! < Math.max(FEW, share / 5) ? [k] : [];
  });
  if (thin.length === 0) return [];
  return [
    `few trusted examples, so little is learned about ${thin.length === 1 ? "this class" : "these classes"}: ` +
      listedClasses(classes, thin, (k) => `${trusted.perClass[k]}`),
  ];
}

/**
 * Refuses a source for a method that learns from trusted examples.
 * @param least in each class
 * @param without names of methods that need none
 * @throws DataError with three ways to give them
 */
export function requireTrusted(
  understood: Understood,
  method: string,
  least: number,
  without: readonly string[],
): void {
  const { where, classes } = understood;
  const trusted = countsOf(understood, "trusted");
  const remedy =
    `Give trusted examples in a folder called trusted, in a column trusted or right_label, or by --trusted FILE with an ` +
    `id a line. Methods that need none: ${without.join(", ")}`;
  if (trusted.total === 0)
    throw new DataError(`${where}: has no trusted examples, which ${method} learns from. ${remedy}`);
  const thin = classes.flatMap((_, k) => (trusted.perClass[k]! < least ? [k] : []));
  if (thin.length === 0) return;
  throw new DataError(
    `${where}: ${method} needs ${least} trusted examples of each class: ${listedClasses(classes, thin, (k) => `${trusted.perClass[k]}`)}. ${remedy}`,
  );
}
