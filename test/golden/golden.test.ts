/**
 * What must not change unnoticed: graphs, native programs, ONNX models, data, batches, random streams, and how
 * a run of version 0.1.0 goes on. `npm run golden` shows what did. A change on purpose is written down with its
 * reason: `GOLDEN_REASON="why" npm run golden`.
 */

import { expect, test } from "vitest";
import { dataEntries } from "./data.ts";
import { changes, readGolden, writeGolden } from "./golden.ts";
import { graphEntries, loweringEntries } from "./graphs.ts";
import { arrayEntries, runEntries } from "./runs.ts";

type Entries = Iterable<[name: string, hash: string]> | AsyncIterable<[name: string, hash: string]>;

const PARTS: Readonly<Record<string, () => Entries>> = {
  graphs: graphEntries,
  lowerings: loweringEntries,
  data: dataEntries,
  arrays: arrayEntries,
  runs: runEntries,
};

const reason = process.env["GOLDEN_REASON"];

test.each(Object.keys(PARTS))(
  "%s are what they were",
  async (part) => {
    const now = new Map<string, string>();
    for await (const [name, hash] of PARTS[part]!()) now.set(name, hash);
    const golden = readGolden(part);
    if (reason !== undefined) writeGolden(part, golden, now, reason);
    expect(changes(readGolden(part), now)).toEqual([]);
  },
  300_000,
);
