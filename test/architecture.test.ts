import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../src/", import.meta.url));

/** Each layer may import itself and the layers listed; files directly under src are a layer each. Nothing else. */
const BASE = [
  "errors.ts",
  "fields.ts",
  "folder-lock.ts",
  "format.ts",
  "home.ts",
  "initial.ts",
  "printable.ts",
  "process-stat.ts",
  "random.ts",
  "safetensors.ts",
  "similar.ts",
  "statistics.ts",
  "tensor.ts",
  "text-file.ts",
  "tree.ts",
];
const GRAPHS = ["graph", "ops", "transform", "engines", "optim", ...BASE];

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  "fields.ts": ["home.ts"],
  "folder-lock.ts": ["errors.ts", "process-stat.ts"],
  "format.ts": ["printable.ts"],
  "home.ts": [],
  "printable.ts": [],
  "process-stat.ts": [],
  "random.ts": [],
  "similar.ts": [],
  "statistics.ts": [],
  "text-file.ts": [],
  "package-root.ts": [],
  "version.ts": ["package-root.ts"],
  "tensor.ts": ["errors.ts"],
  "tree.ts": ["errors.ts"],
  "initial.ts": ["random.ts", "tensor.ts"],
  "safetensors-header.ts": [],
  "safetensors.ts": ["safetensors-header.ts", "errors.ts", "tensor.ts"],
  graph: ["errors.ts", "tensor.ts"],
  ops: ["graph", "errors.ts", "random.ts", "tensor.ts"],
  transform: ["graph", "ops", "errors.ts", "tree.ts"],
  engines: ["transform", "graph", "ops", "errors.ts", "package-root.ts", "tensor.ts", "tree.ts"],
  nn: ["graph", "ops", "initial.ts", "random.ts", "tensor.ts", "tree.ts"],
  optim: ["graph", "ops", "tensor.ts", "tree.ts"],
  models: ["nn", "graph", "ops", "errors.ts", "initial.ts", "tensor.ts", "tree.ts"],
  objectives: ["models", "graph", "ops", "errors.ts", "tensor.ts", "tree.ts"],
  hyper: ["optim", "transform", "engines", "graph", "ops", "tensor.ts", "tree.ts"],
  methods: ["objectives", "hyper", ...GRAPHS],
  data: ["errors.ts", "printable.ts", "random.ts", "similar.ts", "statistics.ts", "text-file.ts"],
  decode: ["data", "models", "engines", "graph", "ops", "errors.ts", "tensor.ts", "tree.ts"],
  tasks: [
    "data",
    "objectives",
    "models",
    "errors.ts",
    "printable.ts",
    "random.ts",
    "similar.ts",
    "statistics.ts",
    "tensor.ts",
    "tree.ts",
  ],
  train: ["decode", "tasks", "data", "methods", "hyper", "objectives", "models", "nn", "version.ts", ...GRAPHS],
  settings: ["train", "tasks", "data", "methods", "objectives", "models", ...BASE],
  compare: ["settings", "train", "methods", ...BASE],
  sweeps: ["compare", "settings", "train", ...BASE],
  report: ["errors.ts", "statistics.ts"],
  cli: [
    "sweeps",
    "compare",
    "settings",
    "report",
    "train",
    "tasks",
    "decode",
    "data",
    "methods",
    "objectives",
    "models",
    "engines",
    "version.ts",
    ...BASE,
  ],
  // The doors for programs: nothing but index.ts imports them, and the command line has its own.
  public: ["*"],
  "index.ts": ["*"],
};

const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const layerOf = (file: string): string => file.split("/")[0]!;

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, to]) =>
    relative(root, resolve(root, dirname(file), to!)),
  );
}

describe("architecture", () => {
  test("every file lies in a known layer", () => {
    expect([...new Set(files.map(layerOf))].filter((layer) => !(layer in ALLOWED))).toEqual([]);
  });

  test("imports go downwards only", () => {
    const wrong = files.flatMap((file) => {
      const allowed = ALLOWED[layerOf(file)] ?? [];
      return importsOf(file)
        .filter((to) => !allowed.includes("*") && layerOf(to) !== layerOf(file) && !allowed.includes(layerOf(to)))
        .map((to) => `${file} → ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  test("no file imports itself through others, but for the two ops that are each other's transpose", () => {
    const visiting = new Set<string>();
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (done.has(file)) return;
      if (visiting.has(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
        return;
      }
      visiting.add(file);
      for (const to of importsOf(file)) if (files.includes(to)) visit(to, [...path, file]);
      visiting.delete(file);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test("the parts of a run import earlier ones only", () => {
    const ORDER = [
      ["fields"],
      [
        "clean-classes.ts",
        "lack-of-trusted.ts",
        "config.ts",
        "setting-facts.ts",
        "events.ts",
        "progress.ts",
        "schedule.ts",
      ],
      ["step"],
      ["setup.ts"],
      ["checkpoint"],
      ["record"],
      ["loop"],
      ["run.ts", "thread.ts", "thread-worker.ts"],
      ["after"],
      ["trial"],
    ];
    const rankOf = (file: string): number => ORDER.findIndex((parts) => parts.includes(file.split("/")[1]!));
    const inTrain = files.filter((file) => layerOf(file) === "train");
    expect(inTrain.filter((file) => rankOf(file) < 0)).toEqual([]);
    const wrong = inTrain.flatMap((file) =>
      importsOf(file)
        .filter((to) => layerOf(to) === "train" && rankOf(to) > rankOf(file))
        .map((to) => `${file} → ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test("graphs know no op by name: nothing under src/graph imports ops", () => {
    expect(
      files
        .filter((file) => layerOf(file) === "graph")
        .flatMap(importsOf)
        .filter((to) => layerOf(to) === "ops"),
    ).toEqual([]);
  });

  test("only the command line prints or ends the process", () => {
    const prints = files.filter(
      (file) =>
        layerOf(file) !== "cli" &&
        /console\.|process\.(exit|stdout|stderr)\b/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(prints).toEqual([]);
  });
});
