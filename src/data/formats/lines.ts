/** @file Text files with one entry a line, plain or gzip'd. */

import { gunzipSync } from "node:zlib";
import { DataError } from "../../errors.ts";
import { decodeText, UnreadableText } from "../../text-file.ts";
import { isGzip, unpacked } from "./gzip.ts";
import { LARGEST, readDataFile } from "./read-file.ts";

/**
 * Bytes of a file, unpacked where gzip packed it.
 * @throws DataError for what cannot be read, is damaged, or unpacks to more than 1 GiB
 */
export async function readUnpacked(path: string): Promise<Uint8Array> {
  const bytes = await readDataFile(path);
  if (!isGzip(bytes)) return bytes;
  return unpacked(path, () => gunzipSync(bytes, { maxOutputLength: LARGEST }), {
    tooLarge: `unpacks to more than ${LARGEST} bytes: this is no text`,
    remedy: "Fetch it again",
  });
}

/** The lines of a text. A line end at the end of it begins no line. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/**
 * The lines of a text file in UTF-8 (or UTF-16 with its mark), plain or gzip'd. Line ends may be those of Windows.
 * @throws DataError for what cannot be read, and for other encodings, with the place of the first odd byte
 */
export async function readTextLines(path: string): Promise<string[]> {
  const bytes = await readUnpacked(path);
  try {
    return linesOf(decodeText(bytes).replaceAll("\r\n", "\n"));
  } catch (error) {
    if (!(error instanceof UnreadableText)) throw error;
    throw new DataError(`${path}: ${error.message}`, { cause: error });
  }
}

/**
 * Lines of a text in UTF-8 as it comes: with each chunk those that are whole by then, and what follows the last line end
 * at the end. Bytes that are no UTF-8 become U+FFFD.
 */
export async function* linesAsTheyCome(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  const whole = (text: string): string[] =>
    linesOf(text).map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  for await (const chunk of chunks) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf("\n") + 1;
    rest = text.slice(end);
    if (end > 0) yield whole(text.slice(0, end));
  }
  rest += decoder.decode();
  if (rest !== "") yield whole(rest);
}
