/**
 * @file Members of a zip archive, in memory, stored or deflated: what NumPy's `.npz` needs. Each is checked by its
 * length and CRC-32, since a member that was damaged may unpack to other numbers.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */

import { inflateRawSync } from "node:zlib";
import { DataError } from "../../errors.ts";
import { shortened } from "../../printable.ts";

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** Bytes of the fixed part of each record. */
const END_LENGTH = 22;
const CENTRAL_LENGTH = 46;
const LOCAL_LENGTH = 30;
/** Stands for a size that is in a zip64 record. */
const ELSEWHERE = 0xffffffff;

/**
 * Unpacks the members that are wanted.
 * @param bytes the whole archive
 * @param where its name, for messages
 * @param most bytes of all wanted members together
 * @throws DataError for what is no archive, a damaged one, other packings, and for more than `most` bytes
 */
export function unzip(
  bytes: Uint8Array,
  where: string,
  wanted: (name: string) => boolean,
  most: number,
): Map<string, Uint8Array> {
  const archive = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (why: string, cause?: unknown): DataError =>
    new DataError(`${where}: not a whole zip archive (${why}). Fetch or write it again`, { cause });
  const inside = (at: number, length: number): number => {
    if (at + length > bytes.length) throw fail("it is cut off");
    return at;
  };
  const end = endOf(archive);
  if (end === undefined) throw fail("it has no directory");
  const members = new Map<string, Uint8Array>();
  let [at, total] = [archive.getUint32(end + 16, true), 0];
  for (let member = 0; member < archive.getUint16(end + 10, true); member++) {
    inside(at, CENTRAL_LENGTH);
    if (archive.getUint32(at, true) !== CENTRAL) throw fail("its directory is damaged");
    const method = archive.getUint16(at + 10, true);
    const [crc, packed, size] = [16, 20, 24].map((place) => archive.getUint32(at + place, true)) as [
      number,
      number,
      number,
    ];
    const [nameLength, extra, comment] = [28, 30, 32].map((place) => archive.getUint16(at + place, true)) as [
      number,
      number,
      number,
    ];
    const local = archive.getUint32(at + 42, true);
    const name = Buffer.from(
      bytes.subarray(inside(at + CENTRAL_LENGTH, nameLength), at + CENTRAL_LENGTH + nameLength),
    ).toString();
    at += CENTRAL_LENGTH + nameLength + extra + comment;
    if (!wanted(name)) continue;
    const shown = shortened(name);
    if (members.has(name)) throw fail(`${shown} is in it twice`);
    if ([packed, size, local].includes(ELSEWHERE))
      throw new DataError(`${where}: ${shown} has 4 GB or more. Save it as .npy`);
    total += size;
    if (total > most) throw new DataError(`${where}: unpacks to more than ${most} bytes. Save it in smaller parts`);
    inside(local, LOCAL_LENGTH);
    if (archive.getUint32(local, true) !== LOCAL) throw fail(`${shown} is not where its directory says`);
    const from = local + LOCAL_LENGTH + archive.getUint16(local + 26, true) + archive.getUint16(local + 28, true);
    const content = unpack(bytes.subarray(inside(from, packed), from + packed), method, size, (why, cause) =>
      fail(`${shown} ${why}`, cause),
    );
    if (content.length !== size || crc32(content) !== crc) throw fail(`${shown} is damaged`);
    members.set(name, content);
  }
  return members;
}

function unpack(
  packed: Uint8Array,
  method: number,
  size: number,
  fail: (why: string, cause?: unknown) => DataError,
): Uint8Array {
  if (method === 0) return packed;
  if (method !== 8) throw fail(`is packed by method ${method}; expected none or deflate`);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw fail("is damaged", error);
  }
}

/** Place of the record at the end, before which a comment of up to 64 KiB may stand. */
function endOf(archive: DataView): number | undefined {
  const last = archive.byteLength - END_LENGTH;
  for (let at = last; at >= 0 && at >= last - 0xffff; at--) {
    if (archive.getUint32(at, true) === END) return at;
  }
  return undefined;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
