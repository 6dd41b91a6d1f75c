/** @file What a pickle may hold, and the few names of NumPy that it may call: they make arrays of bytes. */

import { shortened } from "../../printable.ts";

/** Why bytes cannot be read, in a few words. */
export class PickleError extends Error {}

/** An array of bytes. */
export class PickledArray {
  shape: readonly unknown[] = [];
  data: unknown;
}

/** Bytes that Python 3 writes in protocol 2 as text, a character each. They are decoded when they are used: once. */
export class EncodedBytes {
  readonly text: Uint8Array;
  constructor(text: Uint8Array) {
    this.text = text;
  }
}

/** Python's bytes and text are both bytes here: Python 2 knew no difference. */
export type Pickled =
  null | boolean | number | Uint8Array | EncodedBytes | PickledArray | Named | Pickled[] | Map<string, Pickled>;

/** A name that a pickle may mention, and what calling it stands for. */
export class Named {
  readonly call: (args: readonly Pickled[]) => Pickled;
  constructor(call: (args: readonly Pickled[]) => Pickled) {
    this.call = call;
  }
}

/** `dtype("u1")`: the only one that is read. */
const BYTE = new Named(() => null);

const NUMPY: Readonly<Record<string, Named>> = {
  _reconstruct: new Named(() => new PickledArray()),
  _frombuffer: new Named(([data, dtype, shape]) => filled(new PickledArray(), [0, shape!, dtype!, false, data!])),
  ndarray: new Named(() => null),
  dtype: new Named(([name]) => (/^[|<>]?u1$/.test(textOf(name)) ? BYTE : null)),
};

const CODECS: Readonly<Record<string, Named>> = {
  encode: new Named(([text]) => (text instanceof Uint8Array ? new EncodedBytes(text) : null)),
};

/** Names by module. */
const MODULES: ReadonlyMap<string, Readonly<Record<string, Named>>> = new Map([
  ...["numpy", "numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric", "numpy._core.numeric"].map(
    (module) => [module, NUMPY] as const,
  ),
  ["_codecs", CODECS],
]);

/** A name's meaning. @throws PickleError for one that would have to be executed */
export function named([module = "", name = ""]: readonly string[]): Named {
  const names = MODULES.get(module);
  if (names && Object.hasOwn(names, name)) return names[name]!;
  throw new PickleError(`it calls ${shortened(module)}.${shortened(name)}, which is not executed`);
}

/** Fills an array from its state (version, shape, dtype, by columns, data). */
export function filled(array: PickledArray, [, shape, dtype, byColumns, data]: readonly Pickled[]): PickledArray {
  if (dtype !== BYTE || byColumns === true)
    throw new PickleError("it holds an array of something else than bytes by rows");
  array.shape = Array.isArray(shape) ? shape : [];
  array.data = data;
  return array;
}

/** @throws PickleError for what is no bytes */
export function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof EncodedBytes) return Buffer.from(Buffer.from(value.text).toString("utf8"), "latin1");
  throw new PickleError("it has no bytes or text where some are needed");
}

/** The beginning of a text, a character for each byte. @throws PickleError for what is no text */
export function textOf(value: Pickled | undefined): string {
  const bytes = value instanceof EncodedBytes ? value.text : bytesOf(value);
  return Buffer.from(bytes.subarray(0, 200)).toString("latin1");
}
