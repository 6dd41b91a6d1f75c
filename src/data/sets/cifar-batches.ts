/** @file The batches of CIFAR in their two forms, binary records and Python's pickles: labels and pixels of each. */

import { DataError } from "../../errors.ts";
import { readPickle } from "../formats/pickle.ts";
import type { Pickled } from "../formats/pickled.ts";
import { bytesOf, PickledArray, PickleError, textOf } from "../formats/pickled.ts";

/** Bytes of an image. */
export const PIXELS = 3 * 32 * 32;

/** Images of one file in its order. */
export interface Batch {
  /** `[n]` class ids, not checked against the number of classes */
  readonly labels: Uint8Array;
  /** `[n, 3, 32, 32]` */
  readonly pixels: Uint8Array;
}

/**
 * Records of label bytes, the last of which is the class, and 3,072 pixel bytes: the R, G and B planes of 32×32.
 *
 * @param what the file, for messages
 */
export function binaryBatch(bytes: Uint8Array, what: string, labelBytes: number): Batch {
  const record = labelBytes + PIXELS;
  if (bytes.length === 0) throw new DataError(`${what} is empty`);
  if (bytes.length % record !== 0) {
    throw new DataError(
      `${what} has ${bytes.length} bytes, not a multiple of the ${record}-byte record: ` +
        `it ends inside record ${Math.floor(bytes.length / record)}. Fetch it again, into another folder`,
    );
  }
  const count = bytes.length / record;
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * PIXELS);
  for (let n = 0; n < count; n++) {
    const at = n * record + labelBytes;
    labels[n] = bytes[at - 1]!;
    pixels.set(bytes.subarray(at, (n + 1) * record), n * PIXELS);
  }
  return { labels, pixels };
}

/** A dictionary with `data`, `[n, 3072]` bytes by NumPy, and a list of labels under the name `key`. */
export const pickledBatch = (bytes: Uint8Array, what: string, key: string): Batch =>
  inPickle(bytes, what, (content) => {
    const [data, labels] = [content.get("data"), content.get(key)];
    if (!(data instanceof PickledArray)) throw new PickleError('it has no array "data"');
    const [count, width] = data.shape;
    const pixels = bytesOf(data.data);
    if (typeof count !== "number" || width !== PIXELS || pixels.length !== count * PIXELS)
      throw new PickleError(`its "data" is no [n, ${PIXELS}] array of bytes`);
    if (count === 0) throw new DataError(`${what} is empty`);
    const isByte = (label: Pickled): boolean =>
      Number.isInteger(label) && (label as number) >= 0 && (label as number) < 256;
    if (!Array.isArray(labels) || labels.length !== count || !labels.every(isByte))
      throw new PickleError(`its "${key}" is no list of ${count} class ids`);
    return { labels: Uint8Array.from(labels as number[]), pixels };
  });

/** Class names: the list under the name `key`. */
export const pickledNames = (bytes: Uint8Array, what: string, key: string): string[] =>
  inPickle(bytes, what, (content) => {
    const names = content.get(key);
    if (!Array.isArray(names)) throw new PickleError(`its "${key}" is no list of names`);
    return names.map(textOf);
  });

function inPickle<T>(bytes: Uint8Array, what: string, use: (content: ReadonlyMap<string, Pickled>) => T): T {
  try {
    const content = readPickle(bytes);
    if (!(content instanceof Map)) throw new PickleError("it is no dictionary");
    return use(content);
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
    throw new DataError(
      `${what} cannot be read as one of CIFAR's Python pickles: ${error.message}. Put a whole copy in its place, or use the binary version`,
      { cause: error },
    );
  }
}
