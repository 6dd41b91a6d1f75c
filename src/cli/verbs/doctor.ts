/** @file `reweight doctor`: facts of this machine, the engines that load, and remedies for those that do not. */

import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import type { Command } from "commander";
import type { Diagnosis } from "../../engines/diagnosis.ts";
import { diagnoseEngines } from "../../engines/select.ts";
import { EXIT } from "../errors.ts";
import { bytes, facts } from "../../format.ts";
import type { Io } from "../io.ts";
import type { Verb } from "../verb.ts";
import { examples } from "../verb.ts";
import { VERSION } from "../../version.ts";

export interface Health {
  readonly version: string;
  readonly node: string;
  readonly nodeSupported: boolean;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly folder: string;
  readonly folderWritable: boolean;
  readonly engines: readonly Diagnosis[];
}

/** Engine that always loads. It is for checks of the other engines, and too slow for training. */
const SLOW = "reference";

export const doctor: Verb = {
  configure(command) {
    command
      .description(
        "Checks what training needs: the version of Node, cores and memory, whether this folder can be written to, and each engine: whether it loads, " +
          "and if not, what to do. Exits with 0 when a fast engine loads and the rest is in order, else with 1.",
      )
      .option("--json", "Print one JSON object");
    examples(command, [["What to attach to a report of a defect", "reweight doctor --json"]]);
  },

  async run(_args, command: Command, io: Io) {
    const health = await examine();
    io.out(
      command.opts<{ json?: boolean }>().json
        ? JSON.stringify({ ...health, healthy: isHealthy(health) })
        : healthText(health, io),
    );
    return isHealthy(health) ? EXIT.ok : EXIT.failed;
  },
};

async function examine(): Promise<Health> {
  const folder = process.cwd();
  return {
    version: VERSION,
    node: process.version,
    nodeSupported: isSupported(process.versions.node),
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
    folder,
    folderWritable: await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    ),
    engines: await diagnoseEngines(),
  };
}

/** Whether a Node version is at least 20.11, the minimum in package.json. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 20 || (major === 20 && minor >= 11);
}

export function isHealthy({ nodeSupported, folderWritable, engines }: Health): boolean {
  return nodeSupported && folderWritable && engines.some(({ name, loads }) => loads && name !== SLOW);
}

/** Report with one line per fact, marked ✓ or ✗, and the remedy below each ✗. */
export function healthText(health: Health, { colors }: Pick<Io, "colors">): string {
  const mark = (good: boolean): string => (good ? colors.green("✓") : colors.red("✗"));
  const lines = [
    `${mark(health.nodeSupported)} Node ${health.node}${health.nodeSupported ? "" : ": version 20.11 or newer is needed. Install it from nodejs.org"}`,
    `${mark(health.folderWritable)} ${health.folder} ${health.folderWritable ? "can be written to" : "cannot be written to. Give --out a folder that can"}`,
    ...health.engines.flatMap(({ name, loads, version, detail, remedy }) => [
      `${mark(loads)} engine ${name}${version === undefined ? "" : ` ${version}`}${loads ? "" : " does not load"}`,
      ...detail.map((line) => `    ${line}`),
      ...(remedy === undefined ? [] : [`    → ${remedy}`]),
    ]),
  ];
  const machine = facts([
    ["reweight", health.version],
    ["machine", `${health.platform}, ${health.cores} cores, ${health.cpu}`],
    ["memory", `${bytes(health.freeMemoryBytes)} free of ${bytes(health.memoryBytes)}`],
  ]);
  const verdict = isHealthy(health) ? "Ready to train." : "Not ready to train: see the lines marked ✗.";
  return `${machine}\n${lines.join("\n")}\n${verdict}`;
}
