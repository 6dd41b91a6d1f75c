/** @file Data that gzip packed. */

import { DataError } from "../../errors.ts";

/** Whether bytes begin with the signature of gzip. */
export const isGzip = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b;

/**
 * Unpacks data in memory, and tells what is wrong with them.
 * @param where their name, for messages
 * @param unpack by zlib's functions, with a bound
 * @param words `tooLarge`: what is wrong beyond the bound; `remedy` for damaged data
 * @throws DataError
 */
export function unpacked<T>(
  where: string,
  unpack: () => T,
  { tooLarge, remedy }: { readonly tooLarge: string; readonly remedy: string },
): T {
  try {
    return unpack();
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE"
        ? tooLarge
        : `damaged gzip data (${(cause as Error).message}). ${remedy}`;
    throw new DataError(`${where}: ${why}`, { cause });
  }
}
