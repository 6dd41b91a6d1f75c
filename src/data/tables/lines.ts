/** @file The text of a file in pieces that end with a line: UTF-8 with or without a mark, or UTF-16 with one. */

import { DataError } from "../../errors.ts";
import { oddByte } from "../../text-file.ts";
import { readPieces } from "../formats/read-file.ts";

/** Bytes of the longest line. */
const LONGEST = 2 ** 24;
const NEWLINE = 10;

/**
 * Text of a file, each piece whole lines. The mark at the beginning is taken off.
 * @throws DataError for bytes that are no text, with their place, and for a line that does not end
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  let encoding: "utf-8" | "utf-16" | undefined;
  let decode: (bytes: Uint8Array, last: boolean) => string = () => "";
  let kept = "";
  let rest = new Uint8Array(0);
  for await (const piece of readPieces(path)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    if (encoding === undefined) {
      // A piece has more than one byte unless the file has no more.
      const order = utf16Order(bytes);
      encoding = order === undefined ? "utf-8" : "utf-16";
      decode = order === undefined ? utf8(path) : utf16(path, order);
    }
    // A character of UTF-8 holds no byte of a newline, so cutting there halves none.
    const end = encoding === "utf-8" ? bytes.lastIndexOf(NEWLINE) + 1 : bytes.length;
    if (bytes.length - end > LONGEST || kept.length > LONGEST)
      throw new DataError(`${path}: has a line of more than ${LONGEST} bytes, so it is no table of lines`);
    const text = kept + decode(bytes.subarray(0, end), false);
    rest = Uint8Array.from(bytes.subarray(end));
    const cut = text.lastIndexOf("\n") + 1;
    kept = text.slice(cut);
    if (cut > 0) yield text.slice(0, cut);
  }
  const last = kept + decode(rest, true);
  if (last !== "") yield last;
}

const utf16Order = ([first, second]: Uint8Array): "le" | "be" | undefined =>
  first === 0xff && second === 0xfe ? "le" : first === 0xfe && second === 0xff ? "be" : undefined;

function utf16(path: string, order: "le" | "be"): (bytes: Uint8Array, last: boolean) => string {
  const decoder = new TextDecoder(`utf-16${order}`, { fatal: true });
  return (bytes, last) => {
    try {
      return decoder.decode(bytes, { stream: !last });
    } catch (error) {
      throw new DataError(`${path}: begins as UTF-16 and is damaged. Save it as UTF-8`, { cause: error });
    }
  };
}

function utf8(path: string): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let line = 1;
  return (bytes) => {
    const from = line;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) line++;
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch (error) {
      throw new DataError(`${path}: ${oddByte(bytes, from)} is not UTF-8: Latin-1? Save the file as UTF-8`, {
        cause: error,
      });
    }
    if (text.includes("\0"))
      throw new DataError(`${path}: has NUL characters: UTF-16 without its mark, or no text. Save it as UTF-8`);
    return from === 1 && text.startsWith("\ufeff") ? text.slice(1) : text;
  };
}
