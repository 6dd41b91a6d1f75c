/** @file Images of a data set as PNG files. */

import { deflateSync } from "node:zlib";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Kinds of colour in a PNG: grey, and red, green and blue. */
const COLOUR: Readonly<Record<number, number>> = { 1: 0, 3: 2 };

/** @param pixels `[C, H, W]` of one channel (grey) or three (red, green, blue), 0…255 */
export function pixelsPng(pixels: Uint8Array, [C, H, W]: readonly [number, number, number]): Buffer {
  const colour = COLOUR[C];
  if (colour === undefined) throw new RangeError(`pixelsPng: expected one channel or three, got ${C}`);
  // Each row begins with a filter, of which 0 is none.
  const rows = new Uint8Array(H * (1 + W * C));
  for (let y = 0; y < H; y++)
    for (let x = 0; x < W; x++)
      for (let c = 0; c < C; c++) rows[y * (1 + W * C) + 1 + x * C + c] = pixels[(c * H + y) * W + x]!;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(W, 0);
  header.writeUInt32BE(H, 4);
  header.set([8, colour], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** Length, kind, content and checksum. */
function chunk(kind: string, content: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const checked = Buffer.concat([Buffer.from(kind, "latin1"), content]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(checked));
  return Buffer.concat([length, checked, sum]);
}

/** The checksum of PNG. Node has its own from version 20.15 on, which is later than the oldest that is supported. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
