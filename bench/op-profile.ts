/** @file Profiles a program in onnxruntime: the runtime's own profile, totalled by operator and result shape. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { emitModel } from "../src/engines/onnx/emit.ts";
import { sessionOptions } from "../src/engines/onnx/runtime.ts";
import type { Graph } from "../src/graph/graph.ts";
import type { Tensor } from "../src/tensor.ts";

interface Event {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly output_type_shape?: readonly Record<string, readonly number[]>[];
    readonly input_type_shape?: readonly Record<string, readonly number[]>[];
  };
}

export interface OpTime {
  readonly what: string;
  readonly nodes: number;
  /** Sum over nodes of each node's fastest run, in milliseconds. */
  readonly ms: number;
}

const toOrt = ({ data, shape, dtype }: Tensor): ort.Tensor =>
  dtype === "int"
    ? new ort.Tensor("int32", data as Int32Array, shape)
    : new ort.Tensor("float32", Float32Array.from(data), shape);

const shapeOf = (specs: Event["args"]["output_type_shape"]): string =>
  (specs ?? []).map((spec) => `[${Object.values(spec)[0]!.join(",")}]`).join(" ");

/**
 * @param byShape whether to distinguish nodes by the shapes of operands and result
 * @param runs number of runs; each node's fastest counts. With many, the sum estimates the time on an idle machine
 */
export async function profileOps(
  graph: Graph,
  inputs: readonly Tensor[],
  target: { readonly block: number | undefined; readonly threads: number },
  { byShape, runs }: { readonly byShape: boolean; readonly runs: number },
): Promise<OpTime[]> {
  const folder = mkdtempSync(join(tmpdir(), "reweight-profile-"));
  const session = await ort.InferenceSession.create(emitModel(graph, "profile", target), {
    ...sessionOptions(target.threads),
    enableProfiling: true,
    profileFilePrefix: join(folder, "ort"),
  });
  const feeds = Object.fromEntries(inputs.map((x, i) => [`input_${i}`, toOrt(x)]));
  for (let i = 0; i < runs; i++) await session.run(feeds);
  session.endProfiling();
  await session.release();
  const events = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), "utf8")) as Event[];
  rmSync(folder, { recursive: true });

  const fastest = new Map<string, { what: string; ms: number }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
    const shapes = byShape ? ` ${shapeOf(args.input_type_shape)} → ${shapeOf(args.output_type_shape)}` : "";
    const ms = Math.min(fastest.get(name)?.ms ?? Infinity, dur / 1e3);
    fastest.set(name, { what: `${args.op_name}${shapes}`, ms });
  }
  return totalled(fastest.values());
}

/** Adds up times of the same name. The result begins with the longest. */
export function totalled(times: Iterable<{ readonly what: string; readonly ms: number }>): OpTime[] {
  const totals = new Map<string, { nodes: number; ms: number }>();
  for (const { what, ms } of times) {
    const before = totals.get(what) ?? { nodes: 0, ms: 0 };
    totals.set(what, { nodes: before.nodes + 1, ms: before.ms + ms });
  }
  return [...totals].map(([what, total]) => ({ what, ...total })).sort((a, b) => b.ms - a.ms);
}
