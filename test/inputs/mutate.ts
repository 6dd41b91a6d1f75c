/** @file Mutations of texts and command lines, from a seed: what editors, other programs and bad luck make of inputs. */

import type { Random } from "../../src/random.ts";

/** Texts that have broken programs before. */
const NASTY = [
  "\0",
  "\t",
  "\r\n",
  "\x1b[31m",
  "\u202e",
  "\ufeff",
  "\ud800",
  "ä",
  "😀",
  "'",
  '"',
  "`",
  "\\",
  "*",
  "&a",
  "*a",
  "<<: *a",
  "!",
  "!!binary aGk=",
  "!!set",
  "%YAML 9",
  "---\n",
  "...\n",
  "? ",
  "- ",
  ": ",
  "|\n",
  ">\n",
  "#",
  "@",
  "{",
  "}",
  "[",
  "]",
  ",",
  "~",
  "null",
  "NaN",
  ".inf",
  "-.inf",
  "true",
  "no",
  "0x10",
  "0o7",
  "1e999",
  "-1",
  "1e15",
  "9007199254740993",
  "-0",
  "",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "__proto__: { lr: 9 }\n",
  '"__proto__": {"a": 1},',
  "=cmd|' /C calc'!A0",
  "../../../../etc/passwd",
  "/dev/zero",
  "/dev/stdin",
  "~",
  "~/x",
  "con",
  "a/b",
  "a\nb",
  "\n",
  "  ",
  "--",
  "-",
  "--lr",
  "resnet6002",
  "wrn-28-99999999",
  "flip2:0.4:0.4",
  "flip2:NaN",
  "I0+I0",
  "[[[[[[[[[[",
  "{a: {a: {a: ",
  "x".repeat(5000),
  "[".repeat(300),
  "9".repeat(400),
] as const;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random.uniform() * from.length)]!;
const placeIn = (random: Random, text: string): number => Math.floor(random.uniform() * (text.length + 1));

type Mutation = (text: string, random: Random) => string;

/** Cuts the text in three and puts something else in the middle. */
const spliced =
  (middle: (part: string, random: Random) => string, most = 40): Mutation =>
  (text, random) => {
    const from = placeIn(random, text);
    const to = Math.min(text.length, from + Math.floor(random.uniform() * most));
    return text.slice(0, from) + middle(text.slice(from, to), random) + text.slice(to);
  };

/** Replaces one match of a pattern. */
const replaced =
  (pattern: RegExp, by: (random: Random) => string): Mutation =>
  (text, random) => {
    const found = [...text.matchAll(pattern)];
    if (found.length === 0) return text;
    const {
      index,
      0: { length },
    } = pick(random, found);
    return text.slice(0, index) + by(random) + text.slice(index + length);
  };

const MUTATIONS: readonly Mutation[] = [
  spliced((part, random) => part + pick(random, NASTY), 1),
  spliced((_, random) => pick(random, NASTY)),
  spliced(() => ""),
  spliced((part) => part + part),
  spliced((part) => [...part].reverse().join("")),
  spliced((part) => part.repeat(200), 20),
  spliced((_, random) => String.fromCharCode(Math.floor(random.uniform() * 256)), 2),
  replaced(/[-+]?\d[\d.e+-]*/g, (random) => pick(random, NASTY)),
  replaced(/\b[a-z][A-Za-z-]*\b/g, (random) => pick(random, NASTY)),
  replaced(/\n/g, () => "\n\n  "),
  replaced(/[[\]{}:,"]/g, (random) => pick(random, [..."[]{}:,\"'"])),
  (text, random) => text.slice(0, placeIn(random, text)),
  (text, random) =>
    text
      .split("\n")
      .sort(() => random.uniform() - 0.5)
      .join("\n"),
];

/** A text after one to four mutations. */
export function mutated(text: string, random: Random): string {
  const times = 1 + Math.floor(random.uniform() * 4);
  return Array.from({ length: times }).reduce<string>((now) => pick(random, MUTATIONS)(now, random), text);
}

/** The bytes of a text in one of the encodings that are met: mostly UTF-8. */
export function encoded(text: string, random: Random): Uint8Array {
  const u = random.uniform();
  if (u < 0.04) return Buffer.from(`\ufeff${text}`, "utf16le");
  if (u < 0.07) return Buffer.from(text, "utf16le");
  if (u < 0.11) return Buffer.from(text, "latin1");
  return Buffer.from(text);
}

/** A command line in which words are replaced, doubled, dropped, swapped or themselves mutated. */
export function mutatedWords(words: readonly string[], random: Random): string[] {
  const now = [...words];
  for (let times = 1 + Math.floor(random.uniform() * 2); times > 0; times--) {
    const at = Math.floor(random.uniform() * now.length);
    const word = now[at] ?? "";
    const others = [[pick(random, NASTY)], [word, word], [], [mutated(word, random)], [word, pick(random, NASTY)]];
    now.splice(at, 1, ...pick(random, others));
  }
  return now;
}
