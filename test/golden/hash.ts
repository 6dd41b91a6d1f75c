/** @file Short SHA-256 hashes of texts, bytes and arrays. */

import { createHash } from "node:crypto";
import type { Tensor } from "../../src/tensor.ts";

/** 16 hex digits. */
export function hash(...parts: readonly (string | ArrayBufferView)[]): string {
  const sum = createHash("sha256");
  for (const part of parts) {
    sum.update(typeof part === "string" ? part : new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  return sum.digest("hex").slice(0, 16);
}

/** Of arrays with their names, shapes and order. */
export const hashArrays = (arrays: Iterable<readonly [string, Tensor]>): string =>
  hash(...[...arrays].flatMap(([name, { shape, data }]) => [`${name} [${shape.join(",")}] `, data]));
