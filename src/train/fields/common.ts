/** @file What several groups of settings need. */

import type { z } from "zod";
import { count } from "../../fields.ts";

/** Where files lie, and when a run saves or stops. */
export const PLACE = { role: "place" } as const;
/** Shown in the short help. */
export const COMMON = { common: true } as const;
/** Clean validation examples, unless settings say otherwise. */
export const VALID = 1000;
/** Validation examples per teacher update, unless settings say otherwise. */
export const VALID_BATCH = 128;

/** A seed of random streams. */
export const seed = (description: string): z.ZodNumber => count(description, 0, 2 ** 32 - 1);
