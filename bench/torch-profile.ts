/** @file Profiles a program in the torch engine: the time of each instruction, totalled by kind. */

import { loadAddon } from "../src/engines/torch/addon.ts";
import { planProgram } from "../src/engines/torch/plan/plan.ts";
import type { Instruction } from "../src/engines/torch/program.ts";
import type { Graph } from "../src/graph/graph.ts";
import type { Tensor } from "../src/tensor.ts";
import { asFloat32 } from "../src/tensor.ts";
import type { OpTime } from "./op-profile.ts";
import { totalled } from "./op-profile.ts";

/** Elements above which a pass counts as large; the cost of smaller passes is their number. */
const LARGE = 1 << 16;

function name(instruction: Instruction, byShape: boolean): string {
  if (instruction.kind === "row") return `ATen ${instruction.op}`;
  if (instruction.kind === "convolution") {
    const { form, x, w, stride, accumulate } = instruction;
    const shape = byShape ? ` x [${x.join(",")}] w [${w.join(",")}] stride ${stride}` : "";
    return `${form}${accumulate ? ", added" : ""}${shape}`;
  }
  const { extents, loads, ops, stores, sums } = instruction;
  const [N, M, C] = extents;
  if (N * M * C < LARGE) return "small passes";
  const reads = loads.filter(({ strides }) => extents.every((extent, i) => extent === 1 || strides[i] !== 0)).length;
  const shape = byShape ? ` [${extents.join(",")}], ${ops.length} operations` : "";
  return `pass: ${reads} read, ${stores.length} written, ${sums.length} summed${shape}`;
}

/** @param runs number of runs; each instruction's fastest counts */
export function profileInstructions(
  graph: Graph,
  inputs: readonly Tensor[],
  threads: number,
  { byShape, runs }: { readonly byShape: boolean; readonly runs: number },
): OpTime[] {
  const addon = loadAddon();
  const program = planProgram(graph, "profile", { fused: true });
  const session = addon.compile(program, { device: "cpu", threads, tf32: false, deterministic: false });
  const arrays = inputs.map((x) =>
    addon.upload(x.dtype === "int" ? (x.data as Int32Array) : asFloat32(x), x.shape, "cpu"),
  );
  const fastest = program.instructions.map(() => Infinity);
  for (let i = 0; i < runs; i++) {
    addon.profile(session, arrays).forEach((ms, at) => (fastest[at] = Math.min(fastest[at]!, ms)));
  }
  addon.close(session);
  return totalled(
    program.instructions.map((instruction, at) => ({ what: name(instruction, byShape), ms: fastest[at]! })),
  );
}
