/** @file `reweight data`: sizes, classes, noise and hashes of a run's data. */

import type { Command } from "commander";
import type { DataOptions } from "../../tasks/kind.ts";
import { dataNames, defaultsFor, kindOf } from "../../tasks/kinds.ts";
import { trainFields, trainSchema } from "../../train/config.ts";
import { EXIT } from "../errors.ts";
import { bytes } from "../../format.ts";
import { groupOf } from "../../train/setting-facts.ts";
import type { Io } from "../io.ts";
import { checkTrainable } from "../../data/own/check-understood.ts";
import { isPath } from "../../data/own/open-source.ts";
import { refuseAcross, survey } from "../../data/own/survey.ts";
import { readOwn } from "../../data/own/read-own.ts";
import { sourceFields } from "../../settings/source-settings.ts";
import { expandHome } from "../../home.ts";
import { dataText } from "../show/data-text.ts";
import { ownDataRecord, ownDataText } from "../show/own-data-text.ts";
import { addOptions, givenOptions } from "../options.ts";
import { resolve } from "../../settings/resolve.ts";
import { settingsOf } from "../../settings/settings.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

const dataSchema = trainFields.pick({
  data: true,
  dataDir: true,
  download: true,
  noise: true,
  cifarnDir: true,
  valid: true,
  trainLimit: true,
  testLimit: true,
  seed: true,
  noiseSeed: true,
  bpe: true,
  bpeCodes: true,
  maxLength: true,
  tokens: true,
  buckets: true,
});
const settings = settingsOf(dataSchema);
/** How a path is read. */
const readingSettings = settingsOf(sourceFields.omit({ data: true, inputs: true, testShare: true }));

export const data: Verb = {
  configure(command) {
    command.description(
      "Loads a data set, splits it and draws the label noise exactly as a run with the same settings would, and prints what came of it: sizes, examples per " +
        "class, the effective noise rate, which class was given which label, and the SHA-256 of data, split and labels. " +
        "Of a path (class folders, CSV, TSV, JSONL, Parquet, .npy, .npz, WebDataset, Label Studio, FiftyOne) it prints what was understood; nothing is written there.",
    );
    command.argument("[source]", "A path to data of your own, or the name of a data set, as --data");
    addOptions(command, settings, groupOf);
    addOptions(command, readingSettings, groupOf);
    command.option("--allow-duplicates", "Training examples may have the bytes of trusted or test ones");
    command.option("--json", "Print one JSON object, with the whole confusion matrix");
    examples(command, [
      ["The drawn data set with the paper's flip noise", "reweight data --noise flip2:0.4"],
      ["Questions by what they ask for", "reweight data trec --data-dir data --noise uniform:0.4"],
      [
        "Pairs of sentences: lengths, buckets, masked words",
        "reweight data multi30k --data-dir data --noise mask:0.1:0.15",
      ],
      ["Fetch CIFAR-10 and check it", "reweight data --data cifar10 --data-dir data --download"],
      ["Photographs in class folders", "reweight data photos"],
      ["A crowd's labels; what three agree on is trusted", "reweight data labels.csv --trusted agree:3"],
    ]);
  },

  async run([source], command: Command, io: Io) {
    if (typeof source === "string" && (await isSource(source))) return showOwnData(source, command, io);
    const given = givenOptions(command, settings);
    const values = typeof source === "string" ? { ...given, data: source } : given;
    const usual = defaultsFor({ data: String(values["data"]) });
    const { valid = dataSchema.shape.valid.parse(undefined), bpe = dataSchema.shape.bpe.parse(undefined) } = usual;
    const config = resolve(dataSchema, [{ values: { valid, bpe } }, { values }]);
    // The split before any of it is trained on.
    const whole = trainSchema.parse({ ...config, trainOnTrusted: 0 });
    const record = await kindOf(whole).record!(whole, { onProgress: downloadReporter(io) });
    io.out(command.opts<{ json?: boolean }>().json ? JSON.stringify(record) : dataText(record));
    return EXIT.ok;
  },
};

/** Whether an argument is a path: what is no built-in name is one, so that its message tells both. */
const isSource = async (source: string): Promise<boolean> =>
  (await isPath(source)) || !(dataNames as readonly string[]).includes(source);

async function showOwnData(source: string, command: Command, io: Io): Promise<number> {
  const options = command.opts<{ json?: boolean; allowDuplicates?: boolean }>();
  const given = givenOptions(command, readingSettings);
  const understood = await readOwn(expandHome(source), resolve(sourceFields, [{ values: given }]));
  const seen = await survey(understood);
  io.out(options.json ? JSON.stringify(ownDataRecord(understood, seen)) : ownDataText(understood, seen));
  checkTrainable(understood);
  if (!options.allowDuplicates) refuseAcross(understood, seen);
  return EXIT.ok;
}

/** Reporter of a download: one line for each tenth. */
function downloadReporter(io: Io): NonNullable<DataOptions["onProgress"]> {
  let said = "";
  return ({ file, received, total }) => {
    const part = total === undefined ? "" : ` ${Math.floor((10 * received) / total) * 10} % of ${bytes(total)}`;
    if (`${file}${part}` === said) return;
    said = `${file}${part}`;
    io.err(`downloading ${said}`);
  };
}
