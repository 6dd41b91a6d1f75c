/**
 * @file Usage telemetry of onnxruntime stays off. From version 1.30 on it is on by default: a device id and an
 * event queue under the user's cache folder, a debug file in the temporary folder, a look-up of its maker's
 * server. onnxruntime reads the environment of the process when it loads, and a worker thread has a copy of
 * that environment alone, so the main thread sets the variable when this file is imported.
 */

import { isMainThread } from "node:worker_threads";
import { EngineError } from "../../errors.ts";

const NAME = "ORT_DISABLE_TELEMETRY";

// A value that the user has set stays, whatever it is.
if (isMainThread) process.env[NAME] ??= "1";

/**
 * To be called before onnxruntime is loaded.
 * @throws EngineError in a worker thread whose process has telemetry on: no worker can turn it off
 */
export function expectNoTelemetry(): void {
  if (process.env[NAME] !== undefined) return;
  throw new EngineError(
    `onnx: expected ${NAME} in the environment of the process, which a worker thread cannot change; it is not set, and onnxruntime ` +
      `would report its use. Import reweight in the main thread before the worker starts, or start Node with ${NAME}=1`,
  );
}
