/** @file Names of translating students, and what they say of the network. */

import { ConfigError } from "../../errors.ts";
import type { StackSizes } from "./layers.ts";

export const TRANSFORMER_NAMES =
  "transformer-iwslt, transformer-tiny, transformer:d=WIDTH,ffn=WIDTH,heads=COUNT,layers=COUNT";

/** A network's extents, and the share of elements that its dropout drops unless a setting says otherwise. */
export interface NamedSizes extends StackSizes {
  readonly dropout: number;
}

/** fairseq's `transformer_iwslt_de_en`, and the `transformer_tiny` of its users. */
const NAMED: Readonly<Record<string, NamedSizes>> = {
  "transformer-iwslt": { width: 512, inner: 1024, heads: 4, layers: 6, dropout: 0.3 },
  "transformer-tiny": { width: 128, inner: 256, heads: 4, layers: 4, dropout: 0.3 },
};
const PREFIX = "transformer:";
const KEYS = ["d", "ffn", "heads", "layers"] as const;
const EXAMPLE = "transformer:d=128,ffn=256,heads=4,layers=3";

/** What `name` says; undefined for a name of another family. @throws ConfigError for extents that cannot be */
export function parseTransformer(name: string): NamedSizes | undefined {
  const named = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (named || !name.startsWith(PREFIX)) return named;
  const fail = (expected: string): never => {
    throw new ConfigError(`--student: expected ${expected}, such as ${EXAMPLE}; got "${name}"`);
  };
  const given = new Map<string, number>();
  for (const part of name.slice(PREFIX.length).split(",")) {
    const [key = "", value = ""] = part.split("=");
    if (!(KEYS as readonly string[]).includes(key) || given.has(key)) fail(`${KEYS.join(", ")}, each once`);
    if (!/^[1-9]\d{0,4}$/.test(value)) fail(`${key} to be a whole number from 1 to 99999`);
    given.set(key, Number(value));
  }
  const [width, inner, heads, layers] = KEYS.map((key) => given.get(key) ?? fail(`${key} among the extents`));
  if (width! % heads! !== 0) fail("heads to divide d");
  if (width! % 2 !== 0 || width! < 4) fail("d to be even and at least 4");
  return { width: width!, inner: inner!, heads: heads!, layers: layers!, dropout: 0.3 };
}
