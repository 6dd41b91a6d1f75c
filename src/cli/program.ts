/**
 * @file Command line: finds the verb, loads that verb only, runs it, and converts errors to an exit code. It never ends
 * the process.
 */

import { Command, CommanderError } from "commander";
import { EXIT, explain } from "./errors.ts";
import type { Io } from "./io.ts";
import type { Verb } from "./verb.ts";
import { optionTerm } from "./options.ts";
import { VERSION } from "../version.ts";

interface Entry {
  readonly summary: string;
  readonly group: string;
  readonly load: () => Promise<Verb>;
}

const TRAIN = "Train and look:";
const CHECK = "Check and measure:";
const COMPLETION = "completion";

/** Verbs. The module of a verb is loaded only if it is called, or if the options of all are to be completed. */
export const VERBS: Readonly<Record<string, Entry>> = {
  train: {
    group: TRAIN,
    summary: "Train a student on noisy labels, and write a run folder",
    load: async () => (await import("./verbs/train.ts")).train,
  },
  sweep: {
    group: TRAIN,
    summary: "Train every run of a file: a grid of settings, several seeds",
    load: async () => (await import("./verbs/sweep.ts")).sweep,
  },
  eval: {
    group: TRAIN,
    summary: "Test a trained student again from its run folder",
    load: async () => (await import("./verbs/eval.ts")).evaluate,
  },
  translate: {
    group: TRAIN,
    summary: "Translate sentences with a trained student",
    load: async () => (await import("./verbs/translate.ts")).translate,
  },
  compare: {
    group: TRAIN,
    summary: "Compare run folders: mean ± std over seeds",
    load: async () => (await import("./verbs/compare.ts")).compare,
  },
  analyze: {
    group: TRAIN,
    summary: "Draw what the weights of a run go with: loss, class, internal states",
    load: async () => (await import("./verbs/analyze.ts")).analyze,
  },
  demo: {
    group: TRAIN,
    summary: "The baseline and the teacher side by side, in a few minutes",
    load: async () => (await import("./verbs/demo.ts")).demo,
  },
  methods: {
    group: CHECK,
    summary: "List the methods, with their source, cost and options",
    load: async () => (await import("./verbs/methods.ts")).methods,
  },
  data: {
    group: CHECK,
    summary: "Inspect a data set, its split and its label noise",
    load: async () => (await import("./verbs/data.ts")).data,
  },
  bench: {
    group: CHECK,
    summary: "Time a student step and a teacher update on this machine",
    load: async () => (await import("./verbs/bench.ts")).bench,
  },
  bleu: {
    group: CHECK,
    summary: "Score translations by BLEU, as multi-bleu.perl does",
    load: async () => (await import("./verbs/bleu.ts")).bleu,
  },
  "build-torch": {
    group: CHECK,
    summary: "Build the torch engine against the libtorch of this machine",
    load: async () => (await import("./verbs/build-torch.ts")).buildTorch,
  },
  doctor: {
    group: CHECK,
    summary: "Say which engines load here, and what to do about the others",
    load: async () => (await import("./verbs/doctor.ts")).doctor,
  },
  [COMPLETION]: {
    group: CHECK,
    summary: "Print a script for the Tab key in bash, zsh or fish",
    load: async () => (await import("./verbs/completion.ts")).completion,
  },
};

const FOOTER = `
Exit codes:
  0    done
  1    failed: data, checkpoint, engine, disk, or a loss that is not finite
  2    a wrong option, setting or config file
  130  interrupted (SIGINT, SIGTERM) after saving: the run can be resumed`;

/**
 * Runs a command line.
 * @param argv without node and script: `["train", "--seed", "2"]`
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const [first, second] = argv.filter((arg) => !arg.startsWith("-"));
  const name = first === "help" ? second : first;
  const program = rootCommand(io);
  let command = program;
  let code: number = EXIT.ok;
  try {
    for (const [verbName, { summary, group, load }] of Object.entries(VERBS)) {
      const added = program.command(verbName).summary(summary).helpGroup(group);
      if (verbName !== name && name !== COMPLETION) continue;
      const verb = await load();
      verb.configure(added);
      if (verbName !== name) continue;
      command = added;
      command.addHelpText("after", FOOTER).action(async () => {
        code = await verb.run(command.processedArgs, command, io);
      });
    }
    if (argv.length === 0) {
      program.outputHelp();
      return EXIT.usage;
    }
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const names = command === program ? Object.keys(VERBS) : command.options.flatMap(({ long }) => long ?? []);
    const explained = explain(error, command === program ? "reweight" : `reweight ${command.name()}`, names);
    io.err(explained.text);
    return explained.code;
  }
}

function rootCommand(io: Io): Command {
  const { bold } = io.colors;
  const program = new Command("reweight")
    .description(
      "Train on labels that cannot all be trusted: a teacher network weighs every example, learning from a small clean set through the student's own steps.",
    )
    .version(VERSION, "-V, --version", "Print the version")
    .usage("<verb> [options]")
    .helpOption("-h, --help", "Show help")
    .addHelpCommand(new Command("help").argument("[verb]").description("Show the help of a verb").helpGroup(CHECK))
    .showSuggestionAfterError(false)
    .addHelpText("after", FOOTER)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.replace(/\n$/, "")),
      // Commander must not print errors: it throws them, and runCli prints them once.
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => Math.min(io.columns, 110),
      getOutHasColors: () => io.colors.isColorSupported,
    })
    .configureHelp({
      styleTitle: (title) => bold(title),
      optionTerm,
    });
  return program;
}
