/** @file `reweight analyze`: figures and tables of a run's weights against losses, states and labels. */

import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { ConfigError } from "../../errors.ts";
import { tsne } from "../../report/tsne.ts";
import type { Facts } from "../../report/weights-report.ts";
import { weightsReport } from "../../report/weights-report.ts";
import type { CheckpointName } from "../../train/checkpoint/checkpoint.ts";
import type { Examination } from "../../train/after/examine-run.ts";
import { examineRun } from "../../train/after/examine-run.ts";
import type { RunRecord } from "../../train/record/run-record.ts";
import { makeFolders } from "../../train/record/run-folder.ts";
import { EXIT } from "../errors.ts";
import { counted, facts, fixed, percent } from "../../format.ts";
import { expandHome } from "../../home.ts";
import type { Io } from "../io.ts";
import { warn } from "../io.ts";
import { addPlaces, givenPlaces } from "../places.ts";
import { readRecord } from "../../train/record/run-record.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";

const LEAST = 20;

export const analyze: Verb = {
  configure(command) {
    command
      .description(
        "Draws what the weights of a run go with: weight against loss, the student's internal states on a map (t-SNE) by class and by weight, how the " +
          "weights of right and wrong labels part over the epochs, and what each class weighs. Writes each picture as SVG and PNG, the numbers behind " +
          "as CSV, and index.html to look at them.",
      )
      .argument("<folder>", "a run's folder")
      .option("--out <folder>", "Where the files go; by default analysis/ in the run's folder")
      .option("--sample <n>", "Training examples on the maps; time grows with the square", "1000")
      .addOption(
        new Option("--checkpoint <name>", "Which student and teacher: the last, or those that validation chose")
          .choices(["last", "best"])
          .default("last"),
      );
    addPlaces(command);
    examples(command, [
      [
        "Pictures of a run, to be seen at runs/glyphs-cnn-flip2-0.4-deep-1/analysis/index.html",
        "reweight analyze runs/glyphs-cnn-flip2-0.4-deep-1",
      ],
    ]);
  },

  async run([folder], command: Command, io: Io) {
    const run = expandHome(String(folder)).replace(/(?<=.)\/+$/, "");
    const options = command.opts<{ out?: string; sample: string; checkpoint: CheckpointName }>();
    const size = Number(options.sample);
    if (!Number.isInteger(size) || size < LEAST) {
      throw new ConfigError(`--sample: expected an integer ≥ ${LEAST}, got ${options.sample}`);
    }
    const record = readRecord(run);
    const out = expandHome(options.out ?? join(run, "analysis"));
    const found = await examineRun(run, { checkpoint: options.checkpoint, sample: size, places: givenPlaces(command) });
    if (found.sample.length < LEAST) {
      throw new ConfigError(
        `--sample: expected at least ${LEAST} training examples with weights, the run has ${found.sample.length}`,
      );
    }
    const places = tsne(
      found.sample.map(({ state }) => state),
      { seed: record.config.seed },
    );
    const sample = found.sample.map((example, i) => ({ ...example, ...places[i]! }));
    const about = aboutRun(record, found);
    const report = await weightsReport({ ...found, sample }, record.name ?? basename(run), about);
    makeFolders(out);
    for (const [file, content] of report.files) writeFileSync(join(out, file), content);
    io.out(facts([...about, ...report.findings, ["pictures", join(out, "index.html")]]));
    if (!report.png) warn(io, "no PNGs: this machine has no fonts to write their text with. The SVGs are complete");
    return EXIT.ok;
  },
};

/** Facts of the run, above the figures of the page. */
function aboutRun({ config, results }: RunRecord, { checkpoint, step, computed }: Examination): Facts {
  const noise = results?.noiseRate ? ` (${percent(results.noiseRate)} of the labels are wrong)` : "";
  return [
    ["method", `${config.method}, student ${config.student}, seed ${config.seed}`],
    ["data", `${config.data}, noise ${config.noise}${noise}`],
    ["checkpoint", `${checkpoint}, after ${counted(step, "step")}`],
    [
      "weights",
      computed ? "computed anew by the checkpoint, without augmentation" : "as recorded when an example was last seen",
    ],
    ...(results && results.weights.auroc !== null
      ? [["wrong labels found by weight", `AUROC ${fixed(results.weights.auroc)} (mean weight over the run)`] as const]
      : []),
  ];
}
