/**
 * @file The releases of CIFAR for Python. They are pickles, which can run any code when they are opened, so they are not
 * read: the message has the command that makes the binary files of them.
 */

import { join } from "node:path";
import { DataError } from "../../errors.ts";
import { kindOf } from "../formats/read-file.ts";
import { isThere } from "../formats/source.ts";
import type { CifarLayout } from "./cifar-layout.ts";

/** @throws DataError with the command that converts, for a folder with the files for Python and no others */
export async function refusePickles(dir: string, layout: CifarLayout): Promise<void> {
  const { name, folder, archive, python, names, train, test } = layout;
  const needed = [...train, ...test];
  const first = pickled(train[0]!);
  const places = [join(dir, python.folder), dir];
  const kinds = await Promise.all(places.map((place) => kindOf(join(place, first))));
  const from = places[kinds.indexOf("file")];
  if (from === undefined || (await isThere(dir, { name, folder, archive: archive.name, needed, extra: [names] })))
    return;
  throw new DataError(
    `${name}: ${from} has the files for Python, which are pickles and are not opened here. ` +
      `Make the binary files of them: ${converter(from, join(dir, folder), layout)}`,
  );
}

const pickled = (file: string): string => file.replace(/\.bin$/, "");

/** A record is its label bytes, in the order of `labels`, then the pixels. */
function converter(from: string, to: string, { python, train, test }: CifarLayout): string {
  const labels = python.labels.map((name) => `d[b'${name}']`).join(", ");
  const files = [...train, ...test].map((file) => `'${pickled(file)}'`).join(", ");
  return (
    `python3 -c "import os, pickle, numpy as np; os.makedirs('${to}', exist_ok=True); ` +
    `[np.hstack([np.array([${labels}], 'u1').T, d[b'data']]).tofile('${to}/' + f + '.bin') ` +
    `for f in [${files}] for d in [pickle.load(open('${from}/' + f, 'rb'), encoding='bytes')]]"`
  );
}
