/** @file `reweight data`: sizes, classes, noise and hashes of a run's data. */

import type { Command } from "commander";
import type { TaskRecord } from "../../tasks/record.ts";
import type { DataOptions } from "../../tasks/kind.ts";
import { dataNames, kindOf } from "../../tasks/kinds.ts";
import { trainFields, trainSchema } from "../../train/config.ts";
import { EXIT } from "../errors.ts";
import { bytes, facts, percent, table, thousands } from "../../format.ts";
import { groupOf } from "../../train/setting-facts.ts";
import type { Io } from "../io.ts";
import { checkTrainable } from "../../data/own/check-understood.ts";
import { isPath } from "../../data/own/open-source.ts";
import { refuseAcross, survey } from "../../data/own/survey.ts";
import { addOwnDataOptions, readOwnData } from "../own-data.ts";
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
});
const settings = settingsOf(dataSchema);

export const data: Verb = {
  configure(command) {
    command.description(
      "Loads a data set, splits it and draws the label noise exactly as a run with the same settings would, and prints what came of it: sizes, examples per " +
        "class, the effective noise rate, which class was given which label, and the SHA-256 of data, split and labels. " +
        "Of a path (class folders, CSV, TSV, JSONL, Parquet, .npy, .npz, WebDataset, Label Studio, FiftyOne) it prints what was understood; nothing is written there.",
    );
    command.argument("[source]", "A path to data of your own, or the name of a data set, as --data");
    addOptions(command, settings, groupOf);
    addOwnDataOptions(command);
    command.option("--allow-duplicates", "Training examples may have the bytes of trusted or test ones");
    command.option("--json", "Print one JSON object, with the whole confusion matrix");
    examples(command, [
      ["The drawn data set with the paper's flip noise", "reweight data --noise flip2:0.4"],
      ["Fetch CIFAR-10 and check it", "reweight data --data cifar10 --data-dir data --download"],
      ["Photographs in class folders", "reweight data photos"],
      ["A crowd's labels; what three agree on is trusted", "reweight data labels.csv --trusted agree:3"],
    ]);
  },

  async run([source], command: Command, io: Io) {
    if (typeof source === "string" && (await isSource(source))) return showOwnData(source, command, io);
    const given = givenOptions(command, settings);
    const config = resolve(dataSchema, [{ values: typeof source === "string" ? { ...given, data: source } : given }]);
    // The split before any of it is trained on.
    const whole = trainSchema.parse({ ...config, trainOnTrusted: 0 });
    const record = await kindOf(whole.data).record(whole, { onProgress: downloadReporter(io) });
    io.out(command.opts<{ json?: boolean }>().json ? JSON.stringify(record) : dataText(record));
    return EXIT.ok;
  },
};

/** Whether an argument is a path: what is no built-in name is one, so that its message tells both. */
const isSource = async (source: string): Promise<boolean> =>
  (await isPath(source)) || !(dataNames as readonly string[]).includes(source);

async function showOwnData(source: string, command: Command, io: Io): Promise<number> {
  const options = command.opts<{ json?: boolean; allowDuplicates?: boolean }>();
  const understood = await readOwnData(source, command);
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

/** Text output: facts, then a line per class, then the confusion of at most ten classes. */
export function dataText(record: TaskRecord): string {
  const { name, classes, shape, mean, std, counts, noise, hashes, perClass, augment, seed } = record;
  const numbers = (values: readonly number[]): string => values.map((value) => value.toFixed(4)).join(", ");
  const head = facts([
    ["data", `${name}, ${classes.length} classes, images [${shape.join(", ")}], seed ${seed}`],
    [
      "examples",
      `${thousands(counts.train)} train, ${thousands(counts.valid)} clean validation, ${thousands(counts.test)} test`,
    ],
    ["mean, std", `${numbers(mean)}; ${numbers(std)} (pixels in [0, 1])`],
    ["augmentation", `pad ${augment.pad} (${augment.padding}) and crop${augment.flip ? ", flip" : ", no flip"}`],
    ["noise", `${noise.spec}: ${percent(noise.rate)} of the training labels are wrong`],
    ["data SHA-256", hashes.dataset],
    ["split SHA-256", hashes.split],
    ["labels SHA-256", hashes.noise],
  ]);
  const rows = classes.map((label, k) => [
    String(k),
    label,
    ...[perClass.train, perClass.given, perClass.valid, perClass.test].map((of) => thousands(of[k] ?? 0)),
    mostWrong(noise.confusion[k] ?? [], k, classes),
  ]);
  const perClassTable = table(["id", "class", "train", "so labelled", "valid", "test", "wrong labels given"], rows);
  return [head, perClassTable].join("\n\n");
}

/** Most frequent wrong labels of a class, at most three: "210 as cat, 190 as dog". */
function mostWrong(row: readonly number[], k: number, classes: readonly string[]): string {
  const wrong = row
    .map((n, j) => ({ n, j }))
    .filter(({ n, j }) => n > 0 && j !== k)
    .sort((a, b) => b.n - a.n);
  const shown = wrong.slice(0, 3).map(({ n, j }) => `${n} as ${classes[j] ?? j}`);
  return shown.join(", ") + (wrong.length > 3 ? `, and ${wrong.length - 3} more` : "");
}
