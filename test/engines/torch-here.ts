/**
 * @file Whether the torch engine is built here. If it is not, its tests are skipped, or fail if REWEIGHT_REQUIRE_TORCH
 * is set, as in CI.
 */

import { existsSync } from "node:fs";
import type { Engine } from "../../src/engines/engine.ts";
import { loadAddon, whereAddonIs } from "../../src/engines/torch/addon.ts";
import type { TorchOptions } from "../../src/engines/torch/torch.ts";
import { torchEngine } from "../../src/engines/torch/torch.ts";

export const hasTorch = existsSync(whereAddonIs()) || process.env["REWEIGHT_REQUIRE_TORCH"] !== undefined;

// An addon from other sources or for another machine is a failure, not a reason to skip.
if (hasTorch) loadAddon();

/** Rows of `describe.each`; empty if there is no torch engine. */
export function torchRows(
  rows: Readonly<Record<string, TorchOptions>>,
): { readonly name: string; readonly make: () => Promise<Engine> }[] {
  if (!hasTorch) return [];
  return Object.entries(rows).map(([name, options]) => ({ name, make: () => Promise.resolve(torchEngine(options)) }));
}
