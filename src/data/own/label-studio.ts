/**
 * @file Label Studio's JSON export: an array of tasks with annotations.
 * @see https://labelstud.io/guide/export
 */

import { dirname, resolve } from "node:path";
import { DataError } from "../../errors.ts";
import { shortened, shown } from "../../printable.ts";
import { readDataFile } from "../formats/read-file.ts";
import { textColumn } from "../tables/column.ts";
import { decodeText } from "../../text-file.ts";
import { isImageName } from "./folder.ts";
import { pathInside } from "./inside.ts";
import type { SourceRows } from "./source-rows.ts";

/** Bytes of the largest export: what a text of JavaScript holds. */
const LARGEST = 2 ** 29 - 1;

type Json = Readonly<Record<string, unknown>>;

/** One label of one task, or a task that nobody labelled. */
interface Row {
  readonly task: number;
  readonly id: string;
  readonly path: string;
  readonly label: string;
  readonly right: string;
  readonly annotator: string;
}

/**
 * Reads an export. Annotations that were cancelled do not count; one that is ground truth is the right label.
 * @param root folder that uploads and local files lie below; by default that of the export
 * @throws DataError naming the task that is no labelled image
 */
export async function readLabelStudio(path: string, root?: string): Promise<SourceRows> {
  const tasks = await tasksIn(path);
  const folder = resolve(root ?? dirname(path));
  const rows = tasks.flatMap((task, n) => rowsOf(task, n, folder, `${path}, task ${n}`));
  const perTask = new Set(rows.map(({ task }) => task));
  // Where one person labelled each image, who it was does not matter.
  const several = perTask.size < rows.length;
  return {
    where: path,
    count: rows.length,
    content: { kind: "files", root: folder, paths: textColumn(rows.map((row) => row.path)) },
    roles: {
      id: textColumn(rows.map(({ id }) => id)),
      label: textColumn(rows.map(({ label }) => label)),
      ...(rows.some(({ right }) => right !== "") ? { right: textColumn(rows.map(({ right }) => right)) } : {}),
      ...(several ? { annotator: textColumn(rows.map(({ annotator }) => annotator)) } : {}),
    },
    remarks: [],
    place: (row) => `${path}, task ${rows[row]!.task}`,
  };
}

async function tasksIn(path: string): Promise<readonly unknown[]> {
  let tasks: unknown;
  try {
    tasks = JSON.parse(decodeText(await readDataFile(path, LARGEST, "export it in parts")));
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${path}: expected JSON (${shortened((error as Error).message)}). Export it again`, {
      cause: error,
    });
  }
  if (!Array.isArray(tasks) || tasks.length === 0) {
    throw new DataError(`${path}: expected an array of tasks, as Label Studio exports as JSON, got ${shown(tasks)}`);
  }
  return tasks as readonly unknown[];
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A row for each annotator of a task: the last annotation of each counts. */
function rowsOf(task: unknown, n: number, root: string, place: string): Row[] {
  if (!isObject(task) || !isObject(task["data"]))
    throw new DataError(`${place}: expected an object with data, got ${shown(task)}`);
  const annotations = task["annotations"] ?? [];
  if (!Array.isArray(annotations))
    throw new DataError(`${place}: expected annotations to be an array, got ${shown(annotations)}`);
  const id = scalarText(task["id"]) ?? String(n);
  const path = pathInside(root, imagePath(task["data"], place), () => place);
  const labels = new Map<string, string>();
  let right = "";
  for (const annotation of annotations as readonly unknown[]) {
    if (!isObject(annotation))
      throw new DataError(`${place}: expected annotations to be objects, got ${shown(annotation)}`);
    const choice = choiceIn(annotation);
    if (annotation["was_cancelled"] === true || choice === undefined) continue;
    if (annotation["ground_truth"] === true) right = choice;
    else labels.set(annotatorOf(annotation), choice);
  }
  // What is merely called ground truth is the given label too.
  if (labels.size === 0) return [{ task: n, id, path, label: right, right, annotator: "ground truth" }];
  return [...labels].map(([annotator, label]) => ({ task: n, id, path, label, right, annotator }));
}

function scalarText(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function annotatorOf({ completed_by: by }: Json): string {
  return scalarText(by) ?? (isObject(by) ? (scalarText(by["email"]) ?? scalarText(by["id"])) : undefined) ?? "unknown";
}

/** The first of the choices of an annotation. */
function choiceIn({ result }: Json): string | undefined {
  if (!Array.isArray(result)) return undefined;
  for (const region of result as readonly unknown[]) {
    const value = isObject(region) ? region["value"] : undefined;
    const choices = isObject(value) ? value["choices"] : undefined;
    if (Array.isArray(choices) && typeof choices[0] === "string") return choices[0];
  }
  return undefined;
}

/** The path of the image of a task, from the root: of an upload, of a local file, or a plain one. */
function imagePath(data: Json, place: string): string {
  const texts = Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const [, url] = texts.find(([name]) => name === "image") ?? texts.find(([, text]) => isImageName(text)) ?? [];
  if (url === undefined) throw new DataError(`${place}: has no image among ${shown(Object.keys(data).join(", "))}`);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url))
    throw new DataError(
      `${place}: the image lies elsewhere, at ${shown(url)}. Nothing is downloaded: fetch the images, and export their paths`,
    );
  const local = /^\/data\/local-files\/?\?d=(.*)$/.exec(url)?.[1];
  if (local === undefined) return url.replace(/^\/data\//, "");
  try {
    return decodeURIComponent(local);
  } catch (error) {
    throw new DataError(`${place}: ${shown(url)} is no address`, { cause: error });
  }
}
