/** @file Text of a user's files and folders made fit to print: no control characters, and no more of it than helps. */

/** C0, DEL, C1, line separators, marks that change the direction of writing, halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Text with control characters written as escapes, so that a name can neither move the cursor nor begin a line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => NAMED[character] ?? escape(character.codePointAt(0)!));
}

const escape = (code: number): string =>
  code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;

/** The beginning of a long text, with "…" for what is left out. */
export function shortened(text: string, most = 100): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** The first entries of a list, and how many more there are. */
export function firstOf(entries: readonly string[], most: number, between = ", "): string {
  const more = entries.length > most ? [`and ${entries.length - most} more`] : [];
  return [...entries.slice(0, most), ...more].join(between);
}

/** Most characters of a message: the remedy stands at its end, so what is too much leaves the middle. */
const LONGEST = 1500;

/** A message on one line, printable, of bounded length. */
export function oneLine(message: string): string {
  const line = printable(message.trim().replace(/\s*[\r\n]+\s*/g, " "));
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 401)} … ${line.slice(-400)}`;
}

/** A value as a message shows it: as JSON, a list as such, and only the beginning of what is long. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "object" && value !== null) return shortened(JSON.stringify(value));
  return value === undefined ? "nothing" : shortened(JSON.stringify(value));
}
