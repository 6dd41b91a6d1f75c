/**
 * @file Runs a program in folders of its own, and tells what it left there, which files it made anywhere, and
 * whether it called the network. What the system calls say needs strace (Linux); without it only the folders
 * speak, unless REWEIGHT_REQUIRE_STRACE is set, as in CI.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const hasStrace =
  process.env["REWEIGHT_REQUIRE_STRACE"] !== undefined || spawnSync("strace", ["-V"]).status === 0;

export interface Observed {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  /** Files in the home folder and in that for temporary files, after the end */
  readonly left: readonly string[];
  /**
   * System calls that reach for a network, be it for the name server: those with addresses of the internet's
   * families
   */
  readonly network: readonly string[];
  /** Files and folders made anywhere but in the working folder, even if only for a while */
  readonly made: readonly string[];
}

/** Folders of one observation: `work` is the current folder. */
export interface Folders {
  readonly work: string;
  readonly home: string;
  readonly temporary: string;
}

export function foldersIn(root: string): Folders {
  const folders = { work: join(root, "work"), home: join(root, "home"), temporary: join(root, "temporary") };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  return folders;
}

const MAKES =
  /^\d+ +(?:openat\(\w+, "([^"]*)", [^)]*O_CREAT|(?:creat|mkdir|symlink|link|rename)\("([^"]*)"|mkdirat\(\w+, "([^"]*)")/;

/** Runs `node` with these arguments. CI and our own variable are unset: either would hide a fault. */
export function observe(args: readonly string[], { work, home, temporary }: Folders): Observed {
  const places = { HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
  const unset = { CI: undefined, ORT_DISABLE_TELEMETRY: undefined, NO_COLOR: "1" };
  const env = { ...process.env, ...places, TMPDIR: temporary, TMP: temporary, TEMP: temporary, ...unset };
  const trace = join(work, "..", "trace");
  const calls = "trace=network,openat,creat,mkdir,mkdirat,rename,link,symlink";
  const command = [
    ...(hasStrace ? ["strace", "-f", "-qq", "-s", "300", "-o", trace, "-e", calls] : []),
    process.execPath,
  ];
  const { status, stdout, stderr } = spawnSync(command[0]!, [...command.slice(1), ...args], {
    cwd: work,
    env,
    encoding: "utf8",
  });
  const lines = existsSync(trace) ? readFileSync(trace, "utf8").split("\n") : [];
  const paths = lines.flatMap((line) => MAKES.exec(line)?.slice(1).filter(Boolean) ?? []);
  const elsewhere = (path: string): boolean =>
    path.startsWith("/") && !path.startsWith(`${work}/`) && !/^\/(dev\/(null|tty)|proc)\b/.test(path);
  const files = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" });
  return {
    status,
    out: stdout,
    err: stderr,
    left: [...files(home), ...files(temporary)],
    network: lines.filter((line) => /(socket\(|sa_family=)AF_INET6?\b/.test(line)),
    made: [...new Set(paths.filter(elsewhere))],
  };
}
