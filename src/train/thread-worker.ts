/** @file Entry of the training thread; see thread.ts. */

import { parentPort, workerData } from "node:worker_threads";
import { train } from "./run.ts";
import type { ThreadMessage, ThreadTask } from "./thread.ts";
import { packError } from "./thread.ts";

const port = parentPort!;
const say = (message: ThreadMessage): void => port.postMessage(message);
const abort = new AbortController();
port.on("message", () => abort.abort());

try {
  const { config, resume, overwrite } = workerData as ThreadTask;
  const results = await train(config, {
    resume,
    overwrite,
    signal: abort.signal,
    onEvent: (event) => say({ type: "event", event }),
    onProgress: (event) => say({ type: "progress", event }),
  });
  say({ type: "result", results });
} catch (cause) {
  say({ type: "error", error: packError(cause) });
}
port.close();
