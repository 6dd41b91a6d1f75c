/**
 * @file What a reader found in a source of one's own, by role and row, before anything is concluded from it. All readers
 * give this, so all that follows is written once.
 */

import type { TableColumn, TextColumn } from "../tables/column.ts";
import { textAt } from "../tables/column.ts";

/** What a column may mean, but for the content. */
export const ROLES = ["label", "right", "trusted", "split", "isValid", "id", "annotator"] as const;
export type Role = (typeof ROLES)[number];

/** Bytes of one image, in the order of rows. */
export interface RawImage {
  readonly row: number;
  /** for messages: a path, or the place in a file */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the rows hold beside labels. */
export type Content =
  /** image files below a folder, one path a row, with `/` on every system */
  | { readonly kind: "files"; readonly root: string; readonly paths: TextColumn }
  /** images inside of one or more files, which are read in order */
  | { readonly kind: "packed"; readonly files: readonly string[]; images(): AsyncGenerator<RawImage> }
  /** decoded images of one size, `[N, H, W, C]`, 0…255 */
  | {
      readonly kind: "pixels";
      readonly shape: readonly [height: number, width: number, channels: number];
      readonly pixels: Uint8Array;
    }
  /** numbers, `[N, width]`, finite */
  | { readonly kind: "vectors"; readonly width: number; readonly values: Float32Array }
  /** columns of a table, not yet numbers */
  | { readonly kind: "columns"; readonly columns: ReadonlyMap<string, TableColumn> };

export interface SourceRows {
  /** file or folder, for messages */
  readonly where: string;
  readonly count: number;
  readonly content: Content;
  /** `[count]` each; a role that nothing has is absent */
  readonly roles: Readonly<Partial<Record<Role, TextColumn>>>;
  /** names that the integers of the labels stand for, where the source tells */
  readonly classNames?: readonly string[];
  /** what was decided, one sentence each, told once */
  readonly remarks: readonly string[];
  /** where a row stands, for messages */
  readonly place: (row: number) => string;
}

/** The text of a role in a row, without space around it; empty where there is none. */
export function roleAt({ roles }: SourceRows, role: Role, row: number): string {
  const column = roles[role];
  return column === undefined ? "" : textAt(column, row).trim();
}
