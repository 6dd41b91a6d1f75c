/** @file The name of a source: that of its file or folder, without its ending. */

import { parse } from "node:path";

export const sourceName = (path: string): string => parse(path).name;
