/** @file The processor's instruction sets. Code compiled with -march=native runs only where all of them exist. */

import type { Host } from "./host.ts";

// Instruction sets that compilers use on their own. The list's other flags depend on the kernel's version.
const INSTRUCTIONS =
  /^(avx|sse|ssse|amx|fma|bmi|f16c|abm|popcnt|movbe|adx|gfni|vaes|vpclmul|asimd|sve|sme(?!p)|fphp|i8mm|bf16|atomics)/;

/** Sorted names. Empty on macOS, which does not list them; there the architecture alone tells processors apart. */
export function instructionsOf(host: Host): readonly string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(host.read("/proc/cpuinfo") ?? "")?.[1] ?? "";
  return [...new Set(line.trim().split(/\s+/))].filter((name) => INSTRUCTIONS.test(name)).sort();
}
