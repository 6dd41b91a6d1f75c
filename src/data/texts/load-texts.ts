/** @file The sets of texts with classes, by name. A new one is a file of its own and a line here. */

import { hausa, yoruba } from "./newsclass.ts";
import type { TextSource } from "./text-set.ts";
import { trec } from "./trec.ts";

export const textSources = [trec, hausa, yoruba] as const satisfies readonly TextSource[];

export type TextSetName = (typeof textSources)[number]["name"];

export const TEXT_SETS: readonly TextSetName[] = textSources.map(({ name }) => name);

/** The source of a set. */
export const textSource = (name: string): TextSource | undefined => textSources.find((source) => source.name === name);
