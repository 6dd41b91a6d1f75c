/** @file Shells complete verbs, options and values: bash really, zsh and fish by what their scripts hold. */

import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../../src/cli/program.ts";
import { METHODS } from "../../src/methods/methods.ts";
import { fakeIo } from "./fake-io.ts";

async function script(...args: string[]): Promise<{ code: number; text: string; error: string }> {
  const io = fakeIo();
  const code = await runCli(["completion", ...args], io);
  return { code, text: io.printed.join("\n"), error: io.errors.join("\n") };
}

let bash: string;
beforeAll(async () => {
  bash = (await script("bash")).text;
});

/** What bash offers when Tab is typed at the end of a line; bash gives "=" a word of its own. */
function offered(line: string): string[] {
  const words = line.split(/ |(=)/).filter((word) => word !== undefined);
  const program = `${bash}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _reweight; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", program, "bash", ...words], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((word) => word !== "");
}

describe("bash", () => {
  test("completes verbs", () => {
    expect(offered("reweight tr")).toEqual(["train", "translate"]);
    expect(offered("reweight ")).toEqual(expect.arrayContaining(["train", "sweep", "doctor", "completion", "help"]));
  });

  test("completes the options of the verb, and of no other", () => {
    expect(offered("reweight train --valid-b")).toEqual(["--valid-batch", "--valid-bn"]);
    expect(offered("reweight train --no-aug")).toEqual(["--no-augment"]);
    expect(offered("reweight doctor --")).toEqual(["--json", "--help"]);
    expect(offered("reweight build-torch --sa")).toEqual(["--sanitize"]);
  });

  test("completes the values of an option, behind a space or an equals sign", () => {
    expect(offered("reweight train --method ")).toEqual([...METHODS]);
    expect(offered("reweight train --method=l2t")).toEqual(["l2t-data", "l2t-loss"]);
    expect(offered("reweight train --method=")).toEqual([...METHODS]);
    expect(offered("reweight data --data cifar")).toEqual(["cifar10", "cifar100"]);
  });

  test("leaves what may be any text to the shell, which completes files", () => {
    expect(offered("reweight eval runs/")).toEqual([]);
    expect(offered("reweight train --out ")).toEqual([]);
    expect(bash).toContain("complete -o default -F _reweight reweight");
  });
});

test("zsh and fish get the same verbs, options and values, with descriptions", async () => {
  const zsh = (await script("zsh")).text;
  expect(zsh).toMatch(/^#compdef reweight\n/);
  expect(zsh).toContain("'doctor:Say which engines load here, and what to do about the others'");
  expect(zsh).toMatch(/ {4}doctor\) compadd -- --json --help ;;/);
  expect(zsh).toContain(`--method) compadd -- ${METHODS.join(" ")}; return ;;`);
  const fish = (await script("fish")).text.split("\n");
  expect(fish).toContain(
    "complete -c reweight -n __fish_use_subcommand -f -a train -d 'Train a student on noisy labels, and write a run folder'",
  );
  const option = fish.find((line) => line.includes("__fish_seen_subcommand_from train' -l method "));
  expect(option).toContain(`-x -a '${METHODS.join(" ")}' -d '`);
});

test("another shell is refused, with those that there are", async () => {
  expect(await script("bush")).toMatchObject({
    code: 2,
    error: 'reweight completion: shell: expected one of bash, zsh, fish; got "bush". Did you mean bash?',
  });
});
