/** @file What a file is by its first bytes, whatever its name says. */

/** Kinds that are decoded. */
export type PictureKind = "jpeg" | "png" | "webp" | "gif" | "tiff" | "avif";

/** Why bytes are no picture, in a few words that follow a file's name. */
export class PictureError extends Error {}

const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.subarray(from, to)).toString("latin1");

const CONVERT = "Convert it to JPEG or PNG";

/**
 * The kind of a picture.
 * @throws PictureError for all others, with what they look like. Above all for SVG, which may name other files.
 */
export function sniff(bytes: Uint8Array): PictureKind {
  if (bytes.length === 0) throw new PictureError("is empty");
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg";
  const [four, twelve] = [ascii(bytes, 0, 4), ascii(bytes, 4, 12)];
  if (four === "\x89PNG") return "png";
  if (four === "GIF8") return "gif";
  if (four === "RIFF" && twelve.slice(4) === "WEBP") return "webp";
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(four)) return "tiff";
  if (twelve === "ftypavif" || twelve === "ftypavis") return "avif";
  throw new PictureError(`is no JPEG, PNG, WebP, GIF, TIFF or AVIF: ${lookOf(bytes, four, twelve)}. ${CONVERT}`);
}

function lookOf(bytes: Uint8Array, four: string, twelve: string): string {
  if (four.startsWith("BM")) return "it looks like BMP";
  if (/^ftyp(hei|hev|mif|msf)/.test(twelve)) return "it looks like HEIC";
  if (four === "%PDF") return "it looks like PDF";
  if (four.startsWith("PK")) return "it looks like a zip archive";
  const text = ascii(bytes, 0, 1024)
    .replace(/^\xef\xbb\xbf/, "")
    .trimStart();
  if (/^<\?xml|^<!DOCTYPE svg|^<svg/i.test(text)) return /<svg/i.test(text) ? "it looks like SVG" : "it looks like XML";
  if (/^</.test(text)) return "it looks like a web page";
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `it begins with ${first}`;
}
