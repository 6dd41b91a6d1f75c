/** @file Methods by name. */

import { ConfigError } from "../errors.ts";
import { deep } from "./deep.ts";
import { deepJoint } from "./deep-joint.ts";
import { focal } from "./focal.ts";
import { l2rw } from "./l2rw.ts";
import { l2tData } from "./l2t/l2t-data.ts";
import { l2tLoss } from "./l2t/l2t-loss.ts";
import { mentornet } from "./mentornet/mentornet.ts";
import type { Method } from "./method.ts";
import { mwnet } from "./mwnet.ts";
import { spl } from "./spl.ts";
import { transition } from "./transition.ts";
import { uniform } from "./uniform.ts";

/** Every method, in the order in which lists show them. */
export const methods: readonly Method[] = [
  uniform,
  focal,
  spl,
  mentornet,
  mwnet,
  l2rw,
  l2tData,
  l2tLoss,
  deep,
  deepJoint,
  transition,
];

/** @throws ConfigError for a name that no method has */
export function methodOf(name: string): Method {
  const method = methods.find((candidate) => candidate.name === name);
  if (!method)
    throw new ConfigError(`--method: expected one of ${methods.map((m) => m.name).join(", ")}; got "${name}"`);
  return method;
}
