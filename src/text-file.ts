/**
 * @file Text files that a user names: read within bounds and without waiting for ever, whatever lies at the path, and
 * decoded from the encodings that editors and shells write.
 */

import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";

/** Why a file is not text, as what follows its name in a message. */
export class UnreadableText extends Error {}

/** Bytes of the largest config, sweep file or record. */
const LARGEST = 1 << 18;
/** Milliseconds to wait for the writer of a pipe, and between looks. */
const PATIENCE = 3000;
const LOOK_EVERY = 20;

/**
 * Reads a text file in UTF-8, or in UTF-16 with its mark.
 * @throws UnreadableText for what is no file or pipe, for more than 256 KiB, and for other encodings; the system's error
 * for what cannot be opened
 */
export function readTextFile(path: string): string {
  return decodeText(readBytes(path));
}

function readBytes(path: string): Uint8Array {
  refuseOthers(statSync(path));
  // Without O_NONBLOCK, opening a pipe waits for its writer.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    refuseOthers(stats);
    return readAll(file, stats.isFIFO());
  } finally {
    closeSync(file);
  }
}

function refuseOthers(stats: ReturnType<typeof fstatSync>): void {
  if (stats.isDirectory()) throw new UnreadableText("that is a folder");
  if (!stats.isFile() && !stats.isFIFO()) throw new UnreadableText("that is a device or a socket. Name a file");
}

function readAll(file: number, isPipe: boolean): Uint8Array {
  const bytes = new Uint8Array(LARGEST + 1);
  const until = performance.now() + PATIENCE;
  let length = 0;
  for (;;) {
    const read = readSome(file, bytes, length);
    length += read ?? 0;
    if (length > LARGEST) throw new UnreadableText("is larger than 256 KiB. Settings take less; name another file");
    // The end of a pipe into which nothing was written yet means that its writer has not come.
    const waits = read === undefined || (isPipe && length === 0);
    if (read === 0 && !waits) return bytes.subarray(0, length);
    if (!waits) continue;
    if (performance.now() > until) throw new UnreadableText("is a pipe whose writer says nothing. Name a file");
    pause(LOOK_EVERY);
  }
}

/** @returns undefined when a pipe is empty for now */
function readSome(file: number, bytes: Uint8Array, at: number): number | undefined {
  try {
    return readSync(file, bytes, at, bytes.length - at, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}

const pause = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/**
 * Decodes UTF-8 with or without a mark, and UTF-16 with one.
 * @throws UnreadableText with the place of the first byte that is neither
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding = first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "";
  if (encoding !== "") {
    const text = decode(bytes, encoding);
    if (text === undefined) throw new UnreadableText("begins as UTF-16 and is damaged. Save it as UTF-8");
    return text;
  }
  const text = decode(bytes, "utf-8");
  if (text === undefined) throw new UnreadableText(`${oddByte(bytes)} is not UTF-8: Latin-1? Save the file as UTF-8`);
  if (text.includes("\0")) {
    throw new UnreadableText("has NUL characters: UTF-16 without its mark, or no text. Save it as UTF-8");
  }
  return text;
}

function decode(bytes: Uint8Array, encoding: string, stream = false): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream });
  } catch {
    return undefined;
  }
}

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Place and value of the first byte that is not UTF-8: "byte 0xe4 in line 2, column 5".
 * @param line number of the line that the bytes begin with
 */
export function oddByte(bytes: Uint8Array, line = 1): string {
  // The longest beginning that decodes, by bisection: it ends before the byte that spoils it.
  let [whole, spoilt] = [0, bytes.length];
  while (spoilt - whole > 1) {
    const middle = (whole + spoilt) >> 1;
    if (decode(bytes.subarray(0, middle), "utf-8", true) === undefined) spoilt = middle;
    else whole = middle;
  }
  const text = decode(bytes.subarray(0, whole), "utf-8", true)!;
  const lines = text.split("\n");
  // A byte that promises others is odd itself where they do not come. A decoded text is without its mark of UTF-8.
  const mark = Buffer.from(bytes.subarray(0, 3)).equals(UTF8_MARK) ? UTF8_MARK.length : 0;
  const value = bytes[mark + Buffer.byteLength(text)]!.toString(16).padStart(2, "0");
  return `byte 0x${value} in line ${line + lines.length - 1}, column ${lines.at(-1)!.length + 1}`;
}

/** Why a text file could not be read, as what follows its name in a message. */
export function whyUnreadable(cause: unknown): string {
  if (cause instanceof UnreadableText) return cause.message;
  const { code, message } = cause as NodeJS.ErrnoException;
  return WHY[code ?? ""] ?? `cannot be read (${code ?? message})`;
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file: a part of the path is a file itself",
  EACCES: "no permission to read it (EACCES)",
  ENAMETOOLONG: "the name is longer than the file system allows",
  ELOOP: "the path goes round in circles of symbolic links",
};
