/**
 * @file Checks of a data set's parts. Types promise nothing to a caller in plain JavaScript, so every part is unknown here.
 */

import { DataError } from "../errors.ts";

/** Members that may be anything. */
type Unchecked<Names extends string> = { readonly [name in Names]?: unknown };
type Part = Unchecked<"pixels" | "labels" | "shape" | "count">;

/** @throws DataError naming the part, what was expected and what came */
export function checkDataset(
  parts: Unchecked<"name" | "classes" | "train" | "test" | "mean" | "std" | "flipPairs">,
): void {
  const { name, classes, train, test, mean, std, flipPairs } = parts;
  if (typeof name !== "string" || name === "") throw unexpected("data set: expected name to be a text", name);
  if (!Array.isArray(classes) || classes.length === 0 || !classes.every((label) => typeof label === "string"))
    throw unexpected(`${name}: expected classes to be an array of names, at least one`, classes);
  const shape = shapeOf(`${name} train`, train);
  const other = shapeOf(`${name} test`, test);
  if (shape.join() !== other.join())
    throw new DataError(`${name}: train images are [${shape.join(", ")}], test images [${other.join(", ")}]`);
  const channels = shape[0]!;
  if (!areNumbers(mean, channels) || !areNumbers(std, channels) || !std.every((s) => s > 0)) {
    throw new DataError(
      `${name}: expected ${channels} means and positive deviations, got mean ${show(mean)}, std ${show(std)}`,
    );
  }
  checkImages(`${name} train`, train as Part, shape, classes.length);
  checkImages(`${name} test`, test as Part, shape, classes.length);
  if (flipPairs !== undefined) checkPairs(name, flipPairs, classes.length);
}

function shapeOf(what: string, part: unknown): readonly number[] {
  if (typeof part !== "object" || part === null)
    throw unexpected(`${what}: expected images { pixels, labels, shape, count }`, part);
  const { shape } = part as Part;
  if (!areNumbers(shape, 3) || !shape.every((extent) => Number.isInteger(extent) && extent >= 1))
    throw unexpected(`${what}: expected shape to be [channels, height, width], integers ≥ 1`, shape);
  return shape;
}

function checkImages(what: string, part: Part, shape: readonly number[], classes: number): void {
  const { pixels, labels, count } = part;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0)
    throw unexpected(`${what}: expected count to be the number of images`, count);
  if (count === 0) throw new DataError(`${what}: no images`);
  if (!(pixels instanceof Uint8Array)) {
    throw new DataError(
      `${what}: expected pixels to be a Uint8Array of values 0…255, got ${kindName(pixels)}. ` +
        `Convert numbers in [0, 1] with Uint8Array.from(pixels, (value) => Math.round(255 * value))`,
    );
  }
  if (!(labels instanceof Uint8Array || labels instanceof Int32Array)) {
    throw new DataError(
      `${what}: expected labels to be a Uint8Array or Int32Array of class ids, got ${kindName(labels)}. ` +
        `Convert whole numbers with Int32Array.from(labels)`,
    );
  }
  const bytes = shape.reduce((product, extent) => product * extent, count);
  if (labels.length !== count || pixels.length !== bytes) {
    throw new DataError(
      `${what}: expected ${count} labels and ${bytes} pixel bytes (${count} × [${shape.join(", ")}]), ` +
        `got ${labels.length} and ${pixels.length}`,
    );
  }
  const wrong = labels.findIndex((label: number) => label < 0 || label >= classes);
  if (wrong >= 0)
    throw new DataError(`${what}: label ${labels[wrong]} of image ${wrong} is not one of ${classes} classes`);
}

function checkPairs(name: string, pairs: unknown, classes: number): void {
  if (!Array.isArray(pairs) || pairs.length !== classes)
    throw unexpected(`${name}: expected flipPairs to be an array of ${classes} pairs, one for each class`, pairs);
  for (const [own, pair] of (pairs as readonly unknown[]).entries()) {
    const others = areNumbers(pair, 2)
      ? pair.filter((k) => k !== own && Number.isInteger(k) && k >= 0 && k < classes)
      : [];
    if (new Set(others).size !== 2)
      throw unexpected(
        `${name}: expected flipPairs[${own}] to be two classes other than ${own}, below ${classes}`,
        pair,
      );
  }
}

const areNumbers = (values: unknown, length: number): values is readonly number[] =>
  Array.isArray(values) && values.length === length && values.every((value) => Number.isFinite(value));

const unexpected = (expectation: string, value: unknown): DataError =>
  new DataError(`${expectation}, got ${show(value)}`);

/** A value as a message shows it: short lists and primitives as they are, anything else by its kind. */
function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return Array.isArray(value) && value.length <= 8 ? `[${value.map(String).join(", ")}]` : kindName(value);
}

/** `Float32Array`, `Array`, `Object`; numbers and nothing as they are written. */
const kindName = (value: unknown): string =>
  typeof value === "number" || typeof value === "boolean" || value === undefined || value === null
    ? String(value)
    : Object.prototype.toString.call(value).slice("[object ".length, -1);
