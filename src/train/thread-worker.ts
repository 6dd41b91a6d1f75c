/** @file Entry of the training thread; see thread.ts. */

import { parentPort, workerData } from "node:worker_threads";
import { ReweightError } from "../errors.ts";
import { train } from "./run.ts";
import type { ThreadMessage, ThreadTask } from "./thread.ts";

const port = parentPort!;
const say = (message: ThreadMessage): void => port.postMessage(message);
const abort = new AbortController();
port.on("message", () => abort.abort());

try {
  const { config, resume } = workerData as ThreadTask;
  const results = await train(config, {
    resume,
    signal: abort.signal,
    onEvent: (event) => say({ type: "event", event }),
  });
  say({ type: "result", results });
} catch (cause) {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  say({
    type: "error",
    code: error instanceof ReweightError ? error.code : ((error as NodeJS.ErrnoException).code as undefined),
    name: error.name,
    message: error.message,
    stack: error.stack,
  });
}
port.close();
