/** @file Tables whose rows are examples: image files by path, images inside of Parquet, or columns of features. */

import { dirname, resolve } from "node:path";
import { ConfigError, DataError } from "../../errors.ts";
import { shown } from "../../printable.ts";
import type { TextColumn } from "../tables/column.ts";
import type { ParquetSource } from "../tables/parquet.ts";
import type { Table, TableSource, Wanted } from "../tables/table.ts";
import { pathInside } from "./inside.ts";
import { parquetImages } from "./parquet-images.ts";
import type { ColumnRole, RoleColumns } from "./roles.ts";
import { assignRoles, listed, requireLabel, roleRemark } from "./roles.ts";
import type { Content, Role, SourceRows } from "./source-rows.ts";
import { ROLES } from "./source-rows.ts";

export interface ManifestOptions {
  /** roles named by `--columns` */
  readonly columns: RoleColumns;
  /** `--feature-columns`: names and patterns such as `f*`, with commas between */
  readonly features?: string;
  /** folder that paths start from; by default that of the table */
  readonly root?: string;
}

/**
 * Reads the columns that matter.
 * @param parquet the same source, if it is one of Parquet, for images inside of it
 * @throws DataError for missing columns, and for paths that lead outside of the root
 */
export async function readManifest(
  source: TableSource,
  options: ManifestOptions,
  parquet?: ParquetSource,
): Promise<SourceRows> {
  const roles = assignRoles(source.where, source.header, options.columns);
  requireLabel(source.where, source.header, roles);
  const features = options.features === undefined ? [] : featureColumns(source, roles, options.features);
  const wanted = new Map<string, Wanted>(features.map((name) => [name, "value"]));
  for (const role of ROLES) if (roles[role] !== undefined) wanted.set(roles[role], "text");
  const inside =
    features.length === 0 && roles.path !== undefined ? await parquetImages(parquet, roles.path) : undefined;
  if (features.length === 0 && roles.path !== undefined && inside === undefined) wanted.set(roles.path, "text");

  const table = await source.read(wanted);
  const content = inside ?? contentOf(source, table, roles.path, features, options.root);
  const classNames = roles.label === undefined ? undefined : source.classNames?.(roles.label);
  const remark = roleRemark(roles, features.length === 0);
  return {
    where: source.where,
    count: table.count,
    content,
    roles: rolesIn(table, roles),
    ...(classNames === undefined ? {} : { classNames }),
    remarks: [...source.remarks, ...(remark === undefined ? [] : [remark])],
    place: table.place,
  };
}

function rolesIn(table: Table, columns: Readonly<Partial<Record<ColumnRole, string>>>): SourceRows["roles"] {
  const found: Partial<Record<Role, TextColumn>> = {};
  for (const role of ROLES) {
    const column = columns[role] === undefined ? undefined : table.columns.get(columns[role]);
    if (column?.kind === "texts") found[role] = column;
  }
  return found;
}

function contentOf(
  { where, header }: TableSource,
  table: Table,
  path: string | undefined,
  features: readonly string[],
  root: string | undefined,
): Content {
  if (features.length > 0) {
    return { kind: "columns", columns: new Map(features.map((name) => [name, table.columns.get(name)!])) };
  }
  const paths = path === undefined ? undefined : table.columns.get(path);
  if (paths?.kind !== "texts") {
    throw new DataError(
      `${where}: no column is the path of an image, so say which columns are features: --feature-columns "f*,age". It has ${listed(header)}`,
    );
  }
  const folder = resolve(root ?? dirname(where));
  return { kind: "files", root: folder, paths: insideOf(folder, paths, table) };
}

/** Paths from the root. @throws DataError for one that is empty or leads outside */
function insideOf(root: string, paths: TextColumn, table: Table): TextColumn {
  const values = paths.values.map((value, code) =>
    pathInside(root, value, () => table.place(paths.codes.indexOf(code))),
  );
  return { ...paths, values };
}

/**
 * Columns that a list of names and patterns means, in the order of the header; columns with another role are none.
 * @throws ConfigError for a pattern that no column has
 */
export function featureColumns(source: TableSource, roles: RoleColumns, patterns: string): string[] {
  const taken = new Set(Object.values(roles));
  const wanted = new Set<string>();
  for (const part of patterns.split(",")) {
    const pattern = part.trim();
    const test = new RegExp(`^${pattern.split("*").map(escaped).join("[^]*")}$`);
    const isExact = source.header.includes(pattern);
    const found = source.header.filter((name) => (isExact ? name === pattern : test.test(name) && !taken.has(name)));
    if (pattern === "" || found.length === 0) {
      throw new ConfigError(
        `--feature-columns: no column is called ${shown(pattern)}. ${source.where} has ${listed(source.header)}`,
      );
    }
    const role = Object.entries(roles).find(
      ([name, column]) => name !== "path" && found.length === 1 && column === found[0],
    );
    if (role) throw new ConfigError(`--feature-columns: ${shown(pattern)} is the ${role[0]} already`);
    for (const name of found) wanted.add(name);
  }
  return source.header.filter((name) => wanted.has(name));
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
