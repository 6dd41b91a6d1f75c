/**
 * @file The tar format, piece by piece: of the entries only the wanted ones are kept, one at a time. Nothing is written to
 * disk, so no name leads outside.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html, "ustar Interchange Format"
 */

/** Why bytes are no tar archive, in a few words. */
export class TarError extends Error {}

const BLOCK = 512;
/** Bytes of the longest name in an entry of its own. */
const LONGEST_NAME = 2 ** 16;
const FILES = ["0", "\0"];
/** An entry that holds the name of the next: by GNU tar, and as a pax record. */
const NAMES = ["L", "x"];

interface Entry {
  readonly name: string;
  readonly type: string;
  /** of the contents that are kept; absent for those that are passed over */
  readonly kept?: Uint8Array;
  /** bytes, without and with what fills the last block */
  readonly size: number;
  readonly padded: number;
}

export interface TarOptions {
  /** whether a file is wanted, by its path in the archive */
  readonly wanted: (path: string) => boolean;
  /** gets each wanted file once it is whole */
  readonly take: (path: string, bytes: Uint8Array) => void;
  /** bytes of a wanted file */
  readonly most: number;
  /** entries of an archive */
  readonly mostEntries: number;
}

/** Takes an archive in pieces and hands out the wanted files. */
export class TarReader {
  readonly #options: TarOptions;
  readonly #block = new Uint8Array(BLOCK);
  /** Bytes of the header, or of the entry, so far. */
  #at = 0;
  #entry: Entry | undefined;
  #nextName: string | undefined;
  #entries = 0;
  #ended = false;

  constructor(options: TarOptions) {
    this.#options = options;
  }

  /** @throws TarError */
  take(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length && !this.#ended;) {
      const rest = chunk.subarray(from);
      from += this.#entry ? this.#takeBody(this.#entry, rest) : this.#takeHeader(rest);
    }
  }

  /** @throws TarError if the archive is not complete */
  end(): void {
    if (this.#entry) throw new TarError(`it is cut off inside ${this.#entry.name}`);
    if (this.#at > 0) throw new TarError("it is cut off");
    if (this.#entries === 0) throw new TarError("it has no entries");
  }

  /** @returns bytes taken */
  #takeHeader(bytes: Uint8Array): number {
    const part = bytes.subarray(0, BLOCK - this.#at);
    this.#block.set(part, this.#at);
    this.#at += part.length;
    if (this.#at < BLOCK) return part.length;
    this.#at = 0;
    // Blocks of zeros end the archive, whatever follows.
    if (this.#block.every((byte) => byte === 0)) this.#ended = true;
    else this.#begin(this.#readHeader());
    return part.length;
  }

  #takeBody(entry: Entry, bytes: Uint8Array): number {
    const part = bytes.subarray(0, entry.padded - this.#at);
    entry.kept?.set(part.subarray(0, Math.max(0, entry.size - this.#at)), Math.min(this.#at, entry.size));
    this.#at += part.length;
    if (this.#at === entry.padded) this.#finish(entry);
    return part.length;
  }

  #begin(entry: Entry): void {
    const { mostEntries } = this.#options;
    if (++this.#entries > mostEntries) throw new TarError(`it has more than ${mostEntries} entries`);
    this.#entry = entry;
    if (entry.padded === 0) this.#finish(entry);
  }

  #finish({ kept, type, name }: Entry): void {
    this.#at = 0;
    this.#entry = undefined;
    this.#nextName = undefined;
    if (kept === undefined) return;
    if (NAMES.includes(type)) this.#nextName = nameIn(kept, type);
    else this.#options.take(name, kept);
  }

  #readHeader(): Entry {
    const block = this.#block;
    // The checksum counts its own field as spaces.
    const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    if (sum !== octal(block.subarray(148, 156))) {
      throw new TarError(this.#entries === 0 ? "it does not begin as one" : `entry ${this.#entries + 1} is damaged`);
    }
    const type = String.fromCharCode(block[156]!);
    const name = this.#nextName ?? pathIn(block);
    const size = sizeIn(block.subarray(124, 136));
    const isName = NAMES.includes(type);
    const isKept = isName || (FILES.includes(type) && this.#options.wanted(name));
    if (isKept && size > (isName ? LONGEST_NAME : this.#options.most))
      throw new TarError(`${name} has ${size} bytes in it`);
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    return { name, type, size, padded, ...(isKept ? { kept: new Uint8Array(size) } : {}) };
  }
}

/** Text up to the first NUL. */
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8").split("\0", 1)[0]!;

/** The path in a header: that of POSIX may have its first part in a field of its own. */
function pathIn(block: Uint8Array): string {
  const name = text(block.subarray(0, 100));
  const isPosix = text(block.subarray(257, 263)) === "ustar";
  const prefix = isPosix ? text(block.subarray(345, 500)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** NaN for anything but digits between spaces or NULs. */
function octal(bytes: Uint8Array): number {
  const digits = text(bytes).trim();
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
}

/** Octal digits, or by GNU tar for large files a number to the base 256 after a set bit. */
function sizeIn(field: Uint8Array): number {
  const size = field[0]! & 0x80 ? field.subarray(1).reduce((total, byte) => 256 * total + byte, 0) : octal(field);
  if (!Number.isSafeInteger(size)) throw new TarError("an entry has no size");
  return size;
}

/** The name in a GNU entry, or the path among the records "length key=value" of a pax entry. */
function nameIn(bytes: Uint8Array, type: string): string | undefined {
  if (type === "L") return text(bytes);
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(Buffer.from(bytes).toString("utf8"))?.[1];
}
