/**
 * @file Makes onnxruntime-node in node_modules fit to travel inside this package (`bundleDependencies`). Its
 * install script would download CUDA libraries of more than 400 MB from outside the npm registry, and fails
 * where that is blocked; reweight computes on the CPU, whose libraries are in the package already. npm runs the
 * scripts of bundled packages too, so the bundled manifest has none. Of the files, those remain that a session
 * on the CPU loads.
 *
 * Part of `npm run build`, because the checkout's .npmrc, which spares it the same script, also switches off
 * prepack. Changes nothing the second time, unless npm installed something in between.
 */

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../node_modules/", import.meta.url));
const manifest = `${modules}onnxruntime-node/package.json`;

const ON_EVERY_PLATFORM = "bin/napi-v6/*/*";
/**
 * Left out: a second copy of macOS's library, and DirectML and the shader compiler, which Windows loads on
 * demand.
 */
const FILES = [
  "dist/*.js",
  "dist/*.d.ts",
  `${ON_EVERY_PLATFORM}/onnxruntime_binding.node`,
  `${ON_EVERY_PLATFORM}/libonnxruntime.so.1`,
  `${ON_EVERY_PLATFORM}/libonnxruntime.1.dylib`,
  `${ON_EVERY_PLATFORM}/onnxruntime.dll`,
];

/** Dependencies of the install script alone. */
const FOR_THE_SCRIPT = ["adm-zip", "global-agent"];

const before = readFileSync(manifest, "utf8");
const { scripts, devDependencies, dependencies, ...rest } = JSON.parse(before);
const needed = Object.entries(dependencies).filter(([name]) => !FOR_THE_SCRIPT.includes(name));
const after = `${JSON.stringify({ ...rest, files: FILES, dependencies: Object.fromEntries(needed) }, null, 2)}\n`;
if (after !== before) {
  // A file of its own, then renamed: node_modules of another checkout may share the old one.
  writeFileSync(`${manifest}.new`, after);
  renameSync(`${manifest}.new`, manifest);
}
// npm's notes of what it installed still list the script's dependencies, and npm pack would bundle them and files that
// are left out. A later `npm install` writes the notes again.
const notes = `${modules}.package-lock.json`;
if (
  existsSync(notes) &&
  FOR_THE_SCRIPT.some((name) => readFileSync(notes, "utf8").includes(`"node_modules/${name}"`))
) {
  rmSync(notes);
}
