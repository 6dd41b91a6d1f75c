/** @file The options that say how a source of one's own is read, and the reading with them. */

import type { Command } from "commander";
import { Option } from "commander";
import { parseColumns } from "../data/own/roles.ts";
import { readSource } from "../data/own/open-source.ts";
import { parseTrusted } from "../data/own/trusted.ts";
import { understand } from "../data/own/understand.ts";
import type { Format, Understood } from "../data/own/understood.ts";
import { FORMATS } from "../data/own/understood.ts";
import { readLines } from "../data/tables/lines.ts";
import { expandHome } from "../home.ts";

interface Given {
  readonly format?: Format;
  readonly columns?: string;
  readonly features?: string;
  readonly labels?: string;
  readonly root?: string;
  readonly classes?: string;
  readonly trusted?: readonly string[];
}

/** Adds the options under a heading of their own. */
export function addOwnDataOptions(command: Command): void {
  const add = (option: Option): void => void command.addOption(option.helpGroup("Data of your own:"));
  const collected = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];
  add(
    new Option(
      "--format <name>",
      `How to read the source, where its name does not tell (${FORMATS.join(", ")})`,
    ).choices(FORMATS),
  );
  add(new Option("--columns <list>", "What columns mean: path=img,label=species,right_label=checked"));
  add(new Option("--features <list>", 'Columns of a table that are features, with patterns: "f*,age"'));
  add(new Option("--labels <file>", "Labels (.npy) of a .npy file of features"));
  add(new Option("--root <folder>", "Folder that the paths in a table start from (default: that of the table)"));
  add(new Option("--classes <file>", "Names of the classes and their order, one a line"));
  add(
    new Option(
      "--trusted <what>",
      "Examples whose right label is known: a file with an id a line or with id,right_label; split:NAME; agree:N annotators; none. May come several times",
    ).argParser(collected),
  );
}

/** Reads and understands a source as the options say. @throws ConfigError, DataError */
export async function readOwnData(source: string, command: Command): Promise<Understood> {
  const given = command.opts<Given>();
  const { rows, format } = await readSource(expandHome(source), {
    columns: given.columns === undefined ? {} : parseColumns(given.columns),
    ...(given.format === undefined ? {} : { format: given.format }),
    ...(given.features === undefined ? {} : { features: given.features }),
    ...(given.labels === undefined ? {} : { labels: expandHome(given.labels) }),
    ...(given.root === undefined ? {} : { root: expandHome(given.root) }),
  });
  const trusted = await Promise.all((given.trusted ?? []).map((text) => parseTrusted(expandHome(text))));
  if (given.classes === undefined) return understand(rows, format, { trusted });
  const names: string[] = [];
  const where = expandHome(given.classes);
  for await (const piece of readLines(where)) names.push(...piece.split("\n").filter((name) => name.trim() !== ""));
  return understand(rows, format, { trusted, classes: { where, names } });
}
