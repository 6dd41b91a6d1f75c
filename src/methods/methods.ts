/** @file Methods by name. */

import { ConfigError } from "../errors.ts";
import { anchored } from "./anchored.ts";
import { deep } from "./deep.ts";
import { deepJoint } from "./deep-joint.ts";
import { focal } from "./focal.ts";
import { glc } from "./glc.ts";
import { l2rw } from "./l2rw.ts";
import { l2tData } from "./l2t/l2t-data.ts";
import { l2tLoss } from "./l2t/l2t-loss.ts";
import { mentornet } from "./mentornet/mentornet.ts";
import type { Method } from "./method.ts";
import { mwnet } from "./mwnet.ts";
import { spl } from "./spl.ts";
import { transition } from "./transition.ts";
import type { OwnFields } from "./options.ts";
import { trustedOnly } from "./trusted-only.ts";
import { mixed } from "./mixed.ts";
import { fineTune } from "./fine-tune.ts";
import { uniform } from "./uniform.ts";

/** Every method, in the order in which lists show them. A new method is one file and one line here. */
const registry = [
  uniform,
  trustedOnly,
  mixed,
  fineTune,
  focal,
  spl,
  mentornet,
  mwnet,
  l2rw,
  l2tData,
  l2tLoss,
  deep,
  deepJoint,
  glc,
  transition,
  anchored,
] as const;

/** Their names. */
export const METHODS = registry.map(({ name }) => name) as unknown as readonly [MethodName, ...MethodName[]]; // not empty
export type MethodName = (typeof registry)[number]["name"];

/** All of them, without the types of their own settings. */
export const methods: readonly Method[] = registry;

/** The settings that some method declares, all together. */
type AllOwnFields = Intersection<
  (typeof registry)[number] extends infer M ? (M extends Method<infer Own> ? Own : never) : never
>;
type Intersection<Union> = (Union extends unknown ? (part: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** The settings of all methods, in the order of the methods. */
export const methodFields = fieldsOf(registry) as AllOwnFields;

/** The settings that some methods declare for themselves. @throws RangeError when two declare the same */
export function fieldsOf(some: readonly Pick<Method, "name" | "fields">[]): OwnFields {
  const all: Record<string, OwnFields[string]> = {};
  for (const { name, fields = {} } of some) {
    for (const [key, schema] of Object.entries<OwnFields[string]>(fields)) {
      if (key in all)
        throw new RangeError(`method ${name}: expected settings of its own, got ${key}, which another has`);
      all[key] = schema;
    }
  }
  return all;
}

/** @throws ConfigError for a name that no method has */
export function methodOf(name: string): Method {
  const method = methods.find((candidate) => candidate.name === name);
  if (!method)
    throw new ConfigError(`--method: expected one of ${methods.map((m) => m.name).join(", ")}; got "${name}"`);
  return method;
}
