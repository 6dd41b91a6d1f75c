/** @file Candidate places for libtorch, in the order in which they are tried. */

import { dirname, join, resolve } from "node:path";
import type { Host } from "./host.ts";

export type PlaceKind = "LIBTORCH" | "python" | "system" | "homebrew";

/** Folders that may hold a libtorch. */
export interface Place {
  readonly kind: PlaceKind;
  /** The place's name in messages. */
  readonly name: string;
  readonly root: string;
  readonly include: string;
  readonly libs: string;
}

/** A place that is rejected before its files are examined. */
export interface Rejected {
  readonly name: string;
  readonly reason: string;
}

const under = (kind: PlaceKind, name: string, root: string): Place => ({
  kind,
  name,
  root,
  include: join(root, "include"),
  libs: join(root, "lib"),
});

// Finds torch without importing it: an import takes seconds and may fail.
const WHERE_IS_TORCH =
  'import importlib.util as u; s = u.find_spec("torch"); print(s.origin if s and s.origin else "")';

/** The torch of the active Python environment (venv, then conda), then that of the `python3` on the path. */
async function pythonPlaces(host: Host): Promise<(Place | Rejected)[]> {
  const { VIRTUAL_ENV: venv, CONDA_PREFIX: conda } = host.env;
  const environments = [venv, conda].filter((folder) => folder !== undefined && folder !== "");
  const pythons = [...environments.map((folder) => join(folder!, "bin/python3")), "python3"];
  const places: (Place | Rejected)[] = [];
  const seen = new Set<string>();
  for (const python of pythons) {
    const { code, out } = await host.run(python, ["-c", WHERE_IS_TORCH]);
    const origin = out.trim();
    if (code === undefined) places.push({ name: python, reason: "there is no such command" });
    else if (code !== 0 || origin === "") places.push({ name: python, reason: "has no module torch" });
    else if (!seen.has(origin)) {
      seen.add(origin);
      places.push(pythonPlace(host, python, dirname(origin)));
    }
  }
  // conda-forge installs libtorch into the environment's own lib and include, not into the Python package.
  if (conda) places.push(under("python", "CONDA_PREFIX", conda));
  return places;
}

function pythonPlace(host: Host, python: string, root: string): Place | Rejected {
  const place = under("python", `the torch of ${python}`, root);
  if (host.realPath(join(place.include, "torch")).startsWith("/usr/include/"))
    return { name: place.name, reason: "is Debian's python3-torch, whose headers are the system's (libtorch-dev)" };
  return place;
}

/** Debian keeps libraries in /usr/lib/<triplet>, other systems in lib64 or lib. */
function systemPlaces(host: Host): Place[] {
  const folders = ["/usr/local", "/usr"].flatMap((root) => {
    const triplets = host
      .list(join(root, "lib"))
      .filter((name) => /-linux-gnu/.test(name))
      .map((name) => join(root, "lib", name));
    return [...triplets, join(root, "lib64"), join(root, "lib")]
      .filter((libs) => host.exists(join(libs, "libtorch_cpu.so")))
      .map((libs) => ({ root, libs }));
  });
  const [first = { root: "/usr", libs: "/usr/lib" }] = folders;
  return [{ kind: "system", name: "the system's libtorch", include: join(first.root, "include"), ...first }];
}

function homebrewPlaces(host: Host): Place[] {
  const { HOMEBREW_PREFIX } = host.env;
  const prefixes = new Set([HOMEBREW_PREFIX, "/opt/homebrew", "/usr/local"].filter((prefix) => prefix !== undefined));
  return [...prefixes].flatMap((prefix) =>
    ["pytorch", "libtorch"].map((formula) => under("homebrew", `Homebrew's ${formula}`, join(prefix, "opt", formula))),
  );
}

/** All places in the order of trial. If `LIBTORCH` is set, it is the only one, because the user chose it. */
export async function placesToLook(host: Host): Promise<readonly (Place | Rejected)[]> {
  const { LIBTORCH } = host.env;
  if (LIBTORCH !== undefined && LIBTORCH !== "") return [under("LIBTORCH", "LIBTORCH", resolve(LIBTORCH))];
  const system = host.platform === "linux" ? systemPlaces(host) : [];
  const homebrew = host.platform === "darwin" ? homebrewPlaces(host) : [];
  return [{ name: "LIBTORCH", reason: "is not set" }, ...(await pythonPlaces(host)), ...system, ...homebrew];
}
