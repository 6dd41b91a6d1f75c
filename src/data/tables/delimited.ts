/**
 * @file Rows of text between commas or tabs, as RFC 4180 has them: fields in quotes may hold delimiters, line ends and
 * doubled quotes. Rows come with the number of their line, which csv-parse gives at twice the time of the parsing.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */

import { DataError } from "../../errors.ts";

/** Takes a row: the same array may come again, so what is kept must be copied. */
export type TakeRow = (fields: readonly string[], line: number) => void;

/** Characters of the largest field. */
const LARGEST = 2 ** 24;

/** Takes text in pieces of whole lines and hands out rows. Empty lines are passed over. */
export class DelimitedReader {
  readonly #where: string;
  readonly #delimiter: string;
  readonly #take: TakeRow;
  /** number of the next line */
  #line = 1;
  /** A row whose last field is still in quotes: its fields so far, the text of the open one, its first line. */
  #open: { fields: string[]; text: string; line: number } | undefined;

  constructor(where: string, delimiter: string, take: TakeRow) {
    this.#where = where;
    this.#delimiter = delimiter;
    this.#take = take;
  }

  /** @throws DataError for broken quoting; what `take` throws */
  add(piece: string): void {
    for (let from = 0; from < piece.length;) {
      const newline = piece.indexOf("\n", from);
      const end = newline < 0 ? piece.length : newline;
      const bare = newline > from && piece.charCodeAt(newline - 1) === 13 ? newline - 1 : end;
      this.#addLine(piece.slice(from, bare), newline < 0 ? "" : piece.slice(bare, end + 1));
      from = end + 1;
    }
  }

  /** @throws DataError if a quoted field does not end */
  end(): void {
    if (this.#open === undefined) return;
    throw new DataError(
      `${this.#where}, line ${this.#open.line}: a quoted field begins here and does not end. ` +
        `Close it, and double the quotes within it`,
    );
  }

  #addLine(text: string, lineEnd: string): void {
    const line = this.#line++;
    if (this.#open === undefined && !text.includes('"')) {
      if (text === "") return;
      if (text.includes("\r"))
        throw new DataError(`${this.#at(line)}: a line ends with CR alone. Save it with LF or CRLF`);
      this.#take(text.split(this.#delimiter), line);
      return;
    }
    const open = this.#open;
    const fields = open?.fields ?? [];
    let at = 0;
    if (open !== undefined) {
      const end = this.#quoted(text, 0, fields, open.text, lineEnd, open.line);
      if (end === undefined) return;
      at = end;
    }
    // A field begins at each turn; the delimiter before it is taken.
    while (at <= text.length) {
      if (text.charCodeAt(at) === 34) {
        const end = this.#quoted(text, at + 1, fields, "", lineEnd, open?.line ?? line);
        if (end === undefined) return;
        at = end;
      } else {
        const next = text.indexOf(this.#delimiter, at);
        const end = next < 0 ? text.length : next;
        fields.push(text.slice(at, end));
        at = end + 1;
      }
    }
    this.#open = undefined;
    this.#take(fields, open?.line ?? line);
  }

  /**
   * Reads a field after its opening quote.
   * @returns where the next field begins; undefined if the quotes are open at the end of the line
   */
  #quoted(
    text: string,
    from: number,
    fields: string[],
    before: string,
    lineEnd: string,
    line: number,
  ): number | undefined {
    let field = before;
    for (let at = from; ;) {
      const quote = text.indexOf('"', at);
      if (quote < 0) {
        field += text.slice(at) + lineEnd;
        if (field.length > LARGEST) {
          throw new DataError(
            `${this.#at(line)}: a quoted field has more than ${LARGEST} characters. Close its quotes`,
          );
        }
        this.#open = { fields, text: field, line };
        return undefined;
      }
      field += text.slice(at, quote);
      if (text.charCodeAt(quote + 1) === 34) {
        field += '"';
        at = quote + 2;
        continue;
      }
      if (quote + 1 < text.length && !text.startsWith(this.#delimiter, quote + 1)) {
        throw new DataError(
          `${this.#at(this.#line - 1)}, column ${quote + 2}: text follows the end of a quoted field. ` +
            `Double the quotes that belong to the field`,
        );
      }
      fields.push(field);
      return quote + 2;
    }
  }

  #at = (line: number): string => `${this.#where}, line ${line}`;
}
