/** @file Students by name. */

import { ConfigError } from "../errors.ts";
import { resnet } from "./images/resnet.ts";
import { cnn, mlp } from "./images/small.ts";
import type { Student, StudentTask } from "./student.ts";
import { wideResnet } from "./images/wide-resnet.ts";

/**
 * The student called `name`: `resnet` with 6n + 2 layers, `wrn-d-k` with d = 6n + 4, `mlp` or `cnn`.
 * @throws ConfigError for any other name, saying which there are
 */
export function makeStudent(name: string, task: StudentTask): Student {
  const depth = Number(/^resnet-?(\d+)$/.exec(name)?.[1]);
  if (depth >= 8 && (depth - 2) % 6 === 0) return resnet(depth, task);
  const [, wideDepth, widen] = /^wrn-(\d+)-(\d+)$/.exec(name)?.map(Number) ?? [];
  if (wideDepth && widen && wideDepth >= 10 && (wideDepth - 4) % 6 === 0) return wideResnet(wideDepth, widen, task);
  if (name === "mlp") return mlp(task);
  if (name === "cnn") return cnn(task);
  const known =
    "resnet8, resnet14, resnet20, resnet32, resnet44, resnet56, resnet110 (6n + 2), wrn-D-K with D = 6n + 4 (such as wrn-28-10), mlp, cnn";
  throw new ConfigError(`--student: expected one of ${known}; got "${name}"`);
}
