/**
 * @file Download of one file. The file is hashed while it streams, written beside its destination, and renamed only if
 * it is complete and its hash is right.
 */

import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { getProxyForUrl } from "proxy-from-env";
import type { Response } from "undici";
import { Agent, fetch, ProxyAgent } from "undici";
import { DataError } from "../../errors.ts";

export interface Progress {
  /** name of the file */
  readonly file: string;
  /** bytes received so far */
  readonly received: number;
  /** total bytes, if the server reports them */
  readonly total: number | undefined;
}

export interface DownloadOptions {
  /** called once at the start and after each chunk */
  readonly onProgress?: (progress: Progress) => void;
  /** stops the download; the signal's reason is thrown */
  readonly signal?: AbortSignal;
}

/**
 * Downloads `url` to `file`, over an existing one. A failure leaves no partial file, and an interrupted download is not
 * resumed.
 *
 * @param md5 expected digest, hex
 * @throws DataError if the server cannot be reached, answers with an error or breaks off, the digest differs, or the
 * disk is full
 */
export async function download(url: string, file: string, md5: string, options: DownloadOptions = {}): Promise<void> {
  options.signal?.throwIfAborted();
  const part = `${file}.${randomBytes(4).toString("hex")}.part`;
  await mkdir(dirname(file), { recursive: true }).catch((error: unknown) => {
    throw explainFailure(error, url, file);
  });
  try {
    const found = await fetchInto(url, part, options);
    if (found !== md5) {
      throw new DataError(
        `download: ${url} has MD5 ${found}, expected ${md5}: the file was changed or damaged on the way. Try again`,
      );
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    options.signal?.throwIfAborted();
    throw explainFailure(error, url, file);
  }
}

/** Milliseconds until a server must have begun to answer. A proxy that breaks off is asked again until then. */
const ANSWER = 60_000;

/** Streams the body to `part` and returns its MD5. */
async function fetchInto(url: string, part: string, options: DownloadOptions): Promise<string> {
  // Node's own fetch does not look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
  const proxy = getProxyForUrl(url);
  const dispatcher = proxy === "" ? new Agent() : new ProxyAgent(proxy);
  const silent = new AbortController();
  const patience = setTimeout(() => silent.abort(new DataError(`download: ${url}: no answer within a minute`)), ANSWER);
  const signals = options.signal ? [silent.signal, options.signal] : [silent.signal];
  try {
    const response = await fetch(url, { dispatcher, signal: AbortSignal.any(signals) });
    clearTimeout(patience);
    return await writeBody(response, url, part, options);
  } finally {
    clearTimeout(patience);
    await dispatcher.destroy();
  }
}

async function writeBody(response: Response, url: string, part: string, { onProgress }: DownloadOptions) {
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new DataError(`download: ${url} answered ${response.status} ${response.statusText}`.trimEnd());
  }
  const length = response.headers.get("content-length");
  const total = length === null ? undefined : Number(length);
  const file = basename(new URL(url).pathname);
  const hash = createHash("md5");
  let received = 0;
  onProgress?.({ file, received, total });
  const handle = await open(part, "wx");
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      await handle.writeFile(chunk);
      received += chunk.length;
      onProgress?.({ file, received, total });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

const UNWRITABLE = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "EISDIR"];

/** Explains a failure in one sentence, with its remedy. */
export function explainFailure(error: unknown, url: string, file: string): unknown {
  if (error instanceof DataError || !(error instanceof Error)) return error;
  const code = errorCode(error) ?? errorCode(error.cause);
  if (code === "ENOSPC" || code === "EDQUOT")
    return new DataError(`download: no space left to write ${file}`, { cause: error });
  if (code !== undefined && UNWRITABLE.includes(code)) {
    return new DataError(`download: cannot write ${file} (${code})`, { cause: error });
  }
  if (!(error instanceof TypeError)) return error;
  // fetch reports every network failure as a TypeError, with the details in its cause.
  const reason = error.cause instanceof Error ? error.cause.message || code : undefined;
  const what = error.message === "terminated" ? "the connection was cut" : "the server cannot be reached";
  return new DataError(
    `download: ${url}: ${what} (${reason ?? error.message}). Check the network, or fetch the file by other means and put it at ${file}`,
    { cause: error },
  );
}

function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
