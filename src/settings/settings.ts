/**
 * @file Settings as a list, read from a zod schema, with the facts that the command line, config files and the help
 * need.
 */

import { z } from "zod";

/** Values as given, before the schema checks them. */
export type Given = Record<string, unknown>;

export type SettingKind = "text" | "texts" | "integer" | "number" | "flag" | "choice" | "list";

export interface Setting {
  /** Name in the schema, in camel case */
  readonly key: string;
  /** Name on the command line, without dashes: `teacher-every` */
  readonly name: string;
  readonly kind: SettingKind;
  readonly description: string;
  /** Expected value, as a noun phrase: "an integer ≥ 2" */
  readonly expected: string;
  /** Values that it may have; of a setting of kind `text` it may have others */
  readonly choices: readonly string[];
  /** Default; undefined if the schema has none */
  readonly fallback: unknown;
}

/** Parts of JSON Schema that zod writes for the types in use here. */
interface Property {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly examples?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: Property;
}

/** Schema of settings, possibly with a preprocessing step that fills in some of them. */
export type SettingsSchema = z.ZodType & { readonly out?: z.ZodObject | undefined };

/** Lists the settings of a schema, in its order. */
export function settingsOf(schema: SettingsSchema): Setting[] {
  const { properties = {} } = z.toJSONSchema(schema.out ?? schema, { io: "input" }) as {
    properties?: Record<string, Property>;
  };
  return Object.entries(properties).map(([key, property]) => ({
    key,
    name: kebab(key),
    kind: kindOf(key, property),
    description: property.description ?? "",
    expected: expectation(key, property),
    choices: property.enum ?? property.examples ?? [],
    fallback: property.default,
  }));
}

/** `teacherEvery` → `teacher-every` */
export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `teacher-every` → `teacherEvery` */
export function camel(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function kindOf(key: string, property: Property): SettingKind {
  switch (property.type) {
    case "string":
      return property.enum ? "choice" : "text";
    case "integer":
    case "number":
      return property.type;
    case "boolean":
      return "flag";
    case "array":
      return property.items?.type === "string" ? "texts" : "list";
    case undefined:
    default:
      throw new Error(`internal: setting ${key} has type ${String(property.type)}, which the command line cannot show`);
  }
}

function expectation(key: string, property: Property): string {
  switch (kindOf(key, property)) {
    case "text":
      return "text";
    case "texts":
      return "a list of texts";
    case "flag":
      return "true or false";
    case "choice":
      return `one of ${property.enum!.join(", ")}`;
    case "list":
      return `a list of ${expectation(key, property.items!).replace(/^an? (\w+)/, "$1s")}`;
    case "integer":
      return `an integer${bounds(property)}`;
    case "number":
      return `a number${bounds(property)}`;
  }
}

/** Bounds as text: " ≥ 2", " from 0 to 1", " in (0, 1)" or empty. */
function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Property): string {
  if (exclusiveMinimum !== undefined && exclusiveMaximum !== undefined) {
    return ` in (${exclusiveMinimum}, ${exclusiveMaximum})`;
  }
  // zod bounds every integer by the largest exact integer of a double, which the text omits.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  if (least !== undefined && exclusiveMaximum !== undefined) return ` in [${least}, ${exclusiveMaximum})`;
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return ` ≥ ${least}`;
  if (exclusiveMinimum !== undefined) return ` > ${exclusiveMinimum}`;
  if (most !== undefined) return ` ≤ ${most}`;
  return exclusiveMaximum === undefined ? "" : ` < ${exclusiveMaximum}`;
}
