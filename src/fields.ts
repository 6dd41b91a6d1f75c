/** @file Kinds of settings, as zod schemas. Their descriptions are the command line's help. */

import { z } from "zod";

export const text = (description: string): z.ZodString => z.string().describe(description);
export const count = (description: string, least = 1): z.ZodNumber => z.number().int().min(least).describe(description);
export const rate = (description: string): z.ZodNumber => z.number().min(0).describe(description);
export const flag = (description: string): z.ZodBoolean => z.boolean().describe(description);
export const choice = <const T extends readonly [string, ...string[]]>(values: T, description: string) =>
  z.enum(values).describe(description);
