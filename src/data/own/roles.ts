/** @file What the columns of a table mean: by `--columns`, else by their names. */

import { ConfigError, DataError } from "../../errors.ts";
import { firstOf, shortened } from "../../printable.ts";
import { didYouMean } from "../../similar.ts";
import type { Role } from "./source-rows.ts";

/** A role of a column; `path` is the content, a file or bytes. */
export type ColumnRole = Role | "path";

/** Names without case, the first of each is what messages call the role. */
const NAMES: Readonly<Record<ColumnRole, readonly string[]>> = {
  path: ["path", "file_name", "filename", "filepath", "file", "image"],
  label: ["label", "given_label", "class", "target", "category"],
  right: ["right_label", "true_label", "clean_label", "gold_label", "corrected_label"],
  trusted: ["trusted", "gold", "is_gold", "ground_truth", "clean"],
  split: ["split", "subset", "partition"],
  isValid: ["is_valid"],
  id: ["id", "task", "task_id", "key"],
  annotator: ["annotator", "worker", "performer", "annotator_id", "worker_id"],
};
const ROLES = Object.keys(NAMES) as ColumnRole[];

/** What messages and `--columns` call a role. */
export const roleName = (role: ColumnRole): string => NAMES[role][0]!;

/** Columns by role; a role that no column has is absent. */
export type RoleColumns = Readonly<Partial<Record<ColumnRole, string>>>;

/**
 * Parses `path=img,label=noisy`.
 * @throws ConfigError for what is no such list, for unknown roles and for one that comes twice
 */
export function parseColumns(text: string): RoleColumns {
  const columns: Partial<Record<ColumnRole, string>> = {};
  for (const part of text.split(",")) {
    const [name = "", ...rest] = part.split("=");
    const column = rest.join("=").trim();
    const role = ROLES.find((role) => roleName(role) === name.trim());
    if (role === undefined || column === "") {
      const names = ROLES.map(roleName);
      throw new ConfigError(
        `--columns: expected meaning=column with commas between, got ${JSON.stringify(shortened(part))}. ` +
          `Meanings are ${names.join(", ")}.${didYouMean(name.trim(), names)}`,
      );
    }
    if (columns[role] !== undefined) throw new ConfigError(`--columns: ${roleName(role)} is named twice`);
    columns[role] = column;
  }
  return columns;
}

/**
 * Finds a column for each role.
 * @param where file, for messages
 * @param named by `--columns`; these columns have no other role
 * @throws DataError if a named column is missing, or two columns would do
 */
export function assignRoles(where: string, header: readonly string[], named: RoleColumns): RoleColumns {
  const columns: Partial<Record<ColumnRole, string>> = {};
  for (const role of ROLES) {
    const column = named[role];
    if (column === undefined) continue;
    if (!header.includes(column)) {
      throw new DataError(
        `${where}: there is no column ${shortened(column)} (--columns ${roleName(role)}=…). ` +
          `It has ${listed(header)}.${didYouMean(column, header)}`,
      );
    }
    columns[role] = column;
  }
  const taken = new Set(Object.values(columns));
  for (const role of ROLES) {
    if (columns[role] !== undefined) continue;
    const found = header.filter((name) => !taken.has(name) && NAMES[role].includes(name.trim().toLowerCase()));
    if (found.length > 1) {
      throw new DataError(
        `${where}: ${found.map((name) => shortened(name, 40)).join(" and ")} may both be the ${roleName(role)}. ` +
          `Say which: --columns ${roleName(role)}=${shortened(found[0]!, 40)}`,
      );
    }
    if (found.length === 1) columns[role] = found[0]!;
  }
  return columns;
}

/** @throws DataError with the header, if no column is the label */
export function requireLabel(where: string, header: readonly string[], columns: RoleColumns): void {
  if (columns.label !== undefined) return;
  throw new DataError(
    `${where}: no column is the label (${NAMES.label.join(", ")}). It has ${listed(header)}. Name one: --columns label=…`,
  );
}

/**
 * `reads file_name as path, species as label`; nothing where the columns are called as they are meant.
 * @param hasPath whether the path is read at all
 */
export function roleRemark(columns: RoleColumns, hasPath: boolean): string | undefined {
  const renamed = ROLES.filter(
    (role) => columns[role] !== undefined && columns[role] !== roleName(role) && (hasPath || role !== "path"),
  );
  if (renamed.length === 0) return undefined;
  return `reads ${renamed.map((role) => `${shortened(columns[role]!, 40)} as ${roleName(role)}`).join(", ")}`;
}

/** Column names as a message shows them. */
export const listed = (header: readonly string[]): string =>
  `the columns ${firstOf(
    header.map((name) => (name === "" ? '""' : shortened(name, 40))),
    12,
  )}`;
