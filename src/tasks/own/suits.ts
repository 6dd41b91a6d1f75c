/** @file What must be known of a source before a run of it has settings. */

import { checkTrainable } from "../../data/own/check-understood.ts";
import type { ReadingSettings } from "../../data/own/read-own.ts";
import { readOwn } from "../../data/own/read-own.ts";
import { kindReading } from "../kinds.ts";
import { ownParts } from "./parts.ts";

/** Settings that a source gives a run which does not have them. */
export interface FoundSettings {
  /** the kind of its examples */
  readonly inputs: string;
  /** its trusted examples that do not test */
  readonly valid: number;
}

/**
 * Reads a source for what its run needs.
 * @throws ConfigError for options that do not fit it; DataError for what is wrong with it, and where it cannot be trained on
 */
export async function settingsFrom(
  path: string,
  { testShare, ...settings }: ReadingSettings & { readonly testShare: number },
): Promise<FoundSettings> {
  const understood = await readOwn(path, settings);
  checkTrainable(understood);
  // Which of them test depends on the seed; how many does not.
  const { trusted } = ownParts(understood, testShare, 0);
  return { inputs: kindReading(understood).name, valid: trusted.length };
}
