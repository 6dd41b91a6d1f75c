/** @file `.npy` and `.npz` files as NumPy writes them. */

import { crc32, deflateRawSync } from "node:zlib";

/** A `.npy` file, version 1.0. */
export function npy(
  descr: string,
  shape: readonly number[],
  data: Uint8Array | ArrayBufferView,
  fortran = false,
): Buffer {
  const extents = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${extents}, }`;
  const header = text.padEnd(117) + "\n";
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), length, Buffer.from(header, "latin1"), bytes]);
}

/** Fixed-width text in UTF-32, `<U…`. */
export function npyText(texts: readonly string[]): Buffer {
  const width = Math.max(1, ...texts.map((text) => [...text].length));
  const codes = texts.flatMap((text) => Array.from({ length: width }, (_, i) => [...text][i]?.codePointAt(0) ?? 0));
  return npy(`<U${width}`, [texts.length], Uint32Array.from(codes));
}

/** A zip archive of arrays, deflated or stored. */
export function npz(arrays: Readonly<Record<string, Buffer>>, deflate = false): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(arrays)) {
    const file = Buffer.from(`${name}.npy`);
    const packed = deflate ? deflateRawSync(bytes) : bytes;
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(deflate ? 8 : 0, 4);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(file.length, 22);
    locals.push(Buffer.from([0x50, 0x4b, 3, 4]), facts, file, packed);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), facts, tail, file);
    offset += 30 + file.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(arrays).length, 8);
  end.writeUInt16LE(Object.keys(arrays).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
