/** @file YAML and JSON with a map at the top. Whatever the text is, the answer is a map, or an error with its place. */

import type { CST, Document } from "yaml";
import { isMap, isScalar, LineCounter, parseDocument, Parser, visit } from "yaml";
import { ConfigError } from "../errors.ts";
import { shortened, shown } from "../printable.ts";
import type { Given } from "./settings.ts";

/** Most aliases (`*name`) in a file, and most values that they may stand for together. */
const MOST_ALIASES = 100;

/** @throws ConfigError for anything else, with line and column */
export function parseMap(text: string, file: string): Given {
  try {
    return read(text, file);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    // What the library throws is about aliases.
    throw new ConfigError(`${file}: not YAML or JSON: ${shortened((cause as Error).message, 200)}`, { cause });
  }
}

function read(text: string, file: string): Given {
  if (isDeep([...new Parser().parse(text)])) {
    throw new ConfigError(`${file}: not YAML or JSON: it is nested more than ${DEEPEST} levels deep`);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    // The checks below take one look at each key; the parser would compare each with each.
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: "error",
  });
  const refuse = (offset: number, why: string): never => {
    const { line, col } = lineCounter.linePos(offset);
    throw new ConfigError(`${file}:${line}:${col}: not YAML or JSON: ${why}`);
  };
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) {
    const several = problem.code === "MULTIPLE_DOCS";
    refuse(problem.pos[0], several ? "it has several documents (---), expected one" : shortened(problem.message, 200));
  }
  check(document, refuse);
  if (document.contents === null) return {};
  const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
  if (isMap(document.contents)) return value as Given;
  if (value === null) return {};
  throw new ConfigError(`${file}: expected settings as "name: value", got ${shown(value)}`);
}

/** Most levels of lists and maps. */
const DEEPEST = 50;

/**
 * Whether syntax is nested too deeply. The library takes it apart by recursion, and a stack that overflows there ends
 * the process.
 */
function isDeep(tokens: readonly CST.Token[]): boolean {
  let level: CST.Token[] = [...tokens];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((token) => {
      if (token.type === "document") return token.value ? [token.value] : [];
      return "items" in token ? token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat()) : [];
    });
  }
  return false;
}

/** Refuses keys that are there twice, and aliases without an anchor before them, inside their own, or too many. */
function check(document: Document, refuse: (offset: number, why: string) => never): void {
  const anchors = new Set<string>();
  let aliases = 0;
  visit(document, {
    Map(_, map) {
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (keys.has(name)) refuse(offsetOf(key), `"${shortened(String(name))}" is there twice`);
        keys.add(name);
      }
      if (map.anchor !== undefined) anchors.add(map.anchor);
    },
    Seq: (_, list) => void (list.anchor !== undefined && anchors.add(list.anchor)),
    Scalar: (_, scalar) => void (scalar.anchor !== undefined && anchors.add(scalar.anchor)),
    Alias(_, alias, path) {
      const { source } = alias;
      const name = shortened(source);
      if (!anchors.has(source)) {
        refuse(offsetOf(alias), `there is no &${name} before *${name}. Text that begins with * goes in quotes`);
      }
      if (path.some((node) => (node as { anchor?: string }).anchor === source)) {
        refuse(offsetOf(alias), `*${name} is part of what it stands for`);
      }
      if (++aliases > MOST_ALIASES) refuse(offsetOf(alias), `more than ${MOST_ALIASES} aliases (*${name})`);
    },
  });
}

const offsetOf = (node: unknown): number => (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? 0;
