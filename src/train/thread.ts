/**
 * @file Training in a worker thread. Engines block their thread while they run, so this thread handles progress,
 * signals and errors.
 */

import { Worker } from "node:worker_threads";
// Must come before the worker starts, since the worker inherits the environment set here.
import "../engines/onnx/telemetry.ts";
import type { ErrorCode } from "../errors.ts";
import { errorOf, ReweightError } from "../errors.ts";
import type { TrainConfig } from "./config.ts";
import type { RehearsalEvent, RunResults, StepEvent, TrainEvent, TrainHooks } from "./events.ts";

/** Input of the training thread. */
export interface ThreadTask {
  readonly config: TrainConfig;
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/** Messages from the training thread. */
export type ThreadMessage =
  | { readonly type: "event"; readonly event: TrainEvent }
  | { readonly type: "progress"; readonly event: StepEvent | RehearsalEvent }
  | { readonly type: "result"; readonly results: RunResults }
  | { readonly type: "error"; readonly error: ThreadError };

/** Error as a message between threads. A thrown error would lose its class and code on the way. */
export interface ThreadError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Code of a `ReweightError` or of the operating system (ENOSPC, EACCES, …). */
  readonly code: string | undefined;
  readonly isOurs: boolean;
}

export function packError(cause: unknown): ThreadError {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const { code } = error as NodeJS.ErrnoException;
  return { name: error.name, message: error.message, stack: error.stack, code, isOurs: error instanceof ReweightError };
}

/** Restores the error in this thread, with its class, message, name, code and original stack. */
function unpackError({ name, message, stack, code, isOurs }: ThreadError): Error {
  const error = isOurs ? errorOf(code as ErrorCode, message) : Object.assign(new Error(message), { code });
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Trains like `train`, but in a worker thread. */
export function trainInThread(config: TrainConfig, hooks: TrainHooks = {}): Promise<RunResults> {
  const workerData: ThreadTask = { config, resume: hooks.resume ?? false, overwrite: hooks.overwrite ?? false };
  // The worker file has the extension of this one: `.js` in a build, `.ts` in a source tree (which needs a runtime that
  // reads TypeScript).
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./thread-worker.${extension}`, import.meta.url), { workerData });
  const stop = (): void => worker.postMessage("stop");
  hooks.signal?.addEventListener("abort", stop, { once: true });
  if (hooks.signal?.aborted) stop();
  return new Promise<RunResults>((resolve, reject) => {
    worker.on("message", (message: ThreadMessage) => {
      if (message.type === "event") hooks.onEvent?.(message.event);
      else if (message.type === "progress") hooks.onProgress?.(message.event);
      else if (message.type === "result") resolve(message.results);
      else reject(unpackError(message.error));
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`the training thread ended with code ${code} and no result`)));
  }).finally(async () => {
    hooks.signal?.removeEventListener("abort", stop);
    await worker.terminate();
  });
}
