/** @file Settings of data of one's own: of a path, not of a name. */

import { z } from "zod";
import { FORMATS } from "../../data/own/understood.ts";
import { FITS } from "../../data/pictures/decode.ts";
import { choice, count, flag, grouped, path, text, texts, withFacts } from "../../fields.ts";
import { expandHome } from "../../home.ts";
import { inputNames } from "../../tasks/kinds.ts";
import { PLACE } from "./common.ts";

export const ownSettings = grouped(
  { group: "Data of your own:", since: { version: "0.2.0", value: undefined } },
  {
    inputs: choice(inputNames, "What the examples of a path are; found out by reading it").optional(),
    format: choice(FORMATS, "How to read the path, where its name does not tell").optional(),
    columns: text("What columns mean: path=img,label=species,right_label=checked").optional(),
    featureColumns: text('Columns of a table that are features, with patterns: "f*,age"').optional(),
    labels: withFacts(path("Labels (.npy) of a .npy file of features").optional(), PLACE),
    root: withFacts(
      path("Folder that the paths in a table start from; by default that of the table").optional(),
      PLACE,
    ),
    classes: withFacts(path("Names of the classes and their order, one a line").optional(), PLACE),
    trusted: withFacts(
      texts(
        "Examples whose right label is known, beside those that the data tell: a file with an id a line or with id,right_label; split:NAME; agree:N annotators; none. May come several times",
      )
        .overwrite((some) => some.map(expandHome))
        .optional(),
      { role: "hash", hashes: ["split", "noise"] },
    ),
    testShare: withFacts(
      z
        .number()
        .min(0)
        .lt(1)
        .describe("Share of the trusted examples of each class that test, where the data have no test examples")
        .default(0.3),
      { hashes: ["split"], since: { version: "0.2.0", value: 0.3 } },
    ),
    imageSize: withFacts(
      count(
        "Of images: pixels on each side; by default 32 where half of them are at most 48 wide or high, else 64",
        8,
        1024,
      ).optional(),
      { hashes: ["dataset"] },
    ),
    fit: withFacts(
      choice(FITS, "What becomes of images that are no squares: cut around the centre, padded, or stretched").default(
        "crop",
      ),
      { hashes: ["dataset"], since: { version: "0.2.0", value: "crop" } },
    ),
    grey: withFacts(flag("Images of one channel").default(false), {
      hashes: ["dataset"],
      since: { version: "0.2.0", value: false },
    }),
    flip: withFacts(flag("Mirror training images at random (--no-flip: text, digits, left and right)").default(true), {
      since: { version: "0.2.0", value: true },
    }),
    badFiles: withFacts(
      choice(
        ["stop", "skip"],
        "Images that cannot be read: an error, or up to 5 % are passed over and listed in skipped.csv",
      ).default("stop"),
      { ...PLACE, since: { version: "0.2.0", value: "stop" } },
    ),
    cache: withFacts(
      path(
        "Folder of decoded images, made once; none: in memory. By default .reweight-cache beside the data",
      ).optional(),
      PLACE,
    ),
  },
);
