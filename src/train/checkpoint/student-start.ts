/** @file Start of a student from saved arrays, after checking that they are those of its form. */

import { ConfigError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { sameShape } from "../../tensor.ts";
import { entries, unflatten } from "../../tree.ts";
import type { DataHashes } from "../../tasks/task.ts";
import type { Trainer } from "../step/trainer.ts";
import { refuseOutside } from "./finite.ts";
import type { SavedStudent } from "./student-file.ts";

/** Differences that an error names; the others are counted. */
const NAMED = 3;

/**
 * Starts the trainer's student, and every later one, from a saved student instead of from a seed. The optimiser starts
 * anew.
 * @param name of this run's student, for messages
 * @param hashes of this run's data
 * @throws ConfigError where names, shapes or dictionaries differ; CheckpointError for numbers that float32 cannot hold
 */
export function adoptStudent(trainer: Trainer, saved: SavedStudent, name: string, hashes: DataHashes): void {
  refuseOtherWords(saved, hashes);
  const { theta, statistics } = trainer.problem.initial;
  const bare = ![...saved.arrays.keys()].some((key) => key.startsWith("theta."));
  const wanted = new Map<string, Tensor>([
    ...entries(theta).map(([path, x]) => [bare ? path : `theta.${path}`, x] as const),
    ...entries(statistics).map(([path, x]) => [bare ? path : `state.${path}`, x] as const),
  ]);
  refuseMisfit(saved, wanted, name);
  const arrays = [...wanted.keys()].map((key) => {
    const tensor = saved.arrays.get(key)!;
    refuseOutside("student", saved.path, key, tensor);
    return tensor;
  });
  const trained = entries(theta).length;
  trainer.startFrom({
    params: unflatten(theta, arrays.slice(0, trained)),
    statistics: unflatten(statistics, arrays.slice(trained)),
  });
}

/** A file of arrays alone does not say which words its rows stand for. */
function refuseOtherWords({ path, vocabulary }: SavedStudent, hashes: DataHashes): void {
  if (vocabulary === undefined || vocabulary === hashes.vocabulary) return;
  throw new ConfigError(
    `--student-from: ${path} reads texts by another dictionary (SHA-256 ${vocabulary.slice(0, 12)}…) than this run ` +
      `(${hashes.vocabulary?.slice(0, 12) ?? "none"}…). Train on the same texts with the same --bpe`,
  );
}

function refuseMisfit({ path, arrays }: SavedStudent, wanted: ReadonlyMap<string, Tensor>, name: string): void {
  const shown = ({ dtype, shape }: Tensor): string => `${dtype === "int" ? "integers " : ""}[${shape.join(",")}]`;
  const differing = [...wanted].flatMap(([key, like]) => {
    const got = arrays.get(key);
    if (got?.dtype === like.dtype && sameShape(got.shape, like.shape)) return [];
    return [`expected ${key} ${shown(like)}, got ${got ? shown(got) : "none"}`];
  });
  const odd = [...arrays].flatMap(([key, x]) => (wanted.has(key) ? [] : [`expected no ${key}, got ${shown(x)}`]));
  const all = [...differing, ...odd];
  if (all.length === 0) return;
  const more = all.length > NAMED ? `; ${all.length - NAMED} more differ` : "";
  throw new ConfigError(
    `--student-from: ${path} does not fit --student ${name} on this data: ${all.slice(0, NAMED).join("; ")}${more}. ` +
      "Both runs need the same student, and inputs and classes of the same sizes",
  );
}
