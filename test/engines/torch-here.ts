/** @file Whether the torch engine is built here. Tests of it are skipped where it is not; CI sets REWEIGHT_REQUIRE_TORCH, and then they fail. */

import { existsSync } from "node:fs";
import type { Engine } from "../../src/engines/engine.ts";
import { loadAddon, whereAddonIs } from "../../src/engines/torch/addon.ts";
import type { TorchOptions } from "../../src/engines/torch/torch.ts";
import { torchEngine } from "../../src/engines/torch/torch.ts";

export const hasTorch = existsSync(whereAddonIs()) || process.env["REWEIGHT_REQUIRE_TORCH"] !== undefined;

// Built, but from other sources or for another machine: a failure, not a reason to skip.
if (hasTorch) loadAddon();

/** Rows of `describe.each`, none of them where there is no torch engine. */
export function torchRows(
  rows: Readonly<Record<string, TorchOptions>>,
): { readonly name: string; readonly make: () => Promise<Engine> }[] {
  if (!hasTorch) return [];
  return Object.entries(rows).map(([name, options]) => ({ name, make: () => Promise.resolve(torchEngine(options)) }));
}
