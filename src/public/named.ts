/** @file An engine and a method by name, from a program. */

import * as engines from "../engines/select.ts";
import * as methods from "../methods/methods.ts";
import { forPrograms } from "./for-programs.ts";

/**
 * The engine of this name, ready to compile.
 * @param name `auto` selects torch if it is built and loads, else onnx
 * @throws ConfigError for an unknown name or an unsupported option, EngineError when the engine does not load
 */
export const selectEngine = forPrograms(engines.selectEngine, { engine: "name" });

/** The method called so. @throws ConfigError for a name that no method has */
export const methodOf = forPrograms(methods.methodOf, { method: "name" });
