/** @file What a run's record tells of its source: facts, and never the data. */

import { trustedWarnings } from "../../data/own/check-understood.ts";
import type { Understood } from "../../data/own/understood.ts";
import type { Labelled } from "../labelled.ts";
import type { Source } from "../task.ts";

export function sourceOf({ train, test }: Labelled, source: Understood): Source {
  const { where, format, content, classes, noise, remarks, parts } = source;
  const isShared = test.count > 0 && !parts.includes("test");
  return {
    path: where,
    format,
    content: content.kind,
    classes,
    known: train.right.known,
    ...(noise ? { noise } : {}),
    remarks: [
      ...remarks,
      ...trustedWarnings(source),
      ...(isShared ? [`${test.count} of the trusted examples test and are used for nothing else (--test-share)`] : []),
    ],
  };
}
