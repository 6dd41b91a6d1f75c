/** @file Which instructions this processor has: code compiled with -march=native runs only where all of them are. */

import type { Host } from "./host.ts";

// What compilers use on their own; the rest of the list is about the kernel and changes with it.
const INSTRUCTIONS =
  /^(avx|sse|ssse|amx|fma|bmi|f16c|abm|popcnt|movbe|adx|gfni|vaes|vpclmul|asimd|sve|sme(?!p)|fphp|i8mm|bf16|atomics)/;

/** Sorted. Empty where the system does not list them: macOS, whose processors are told apart by their architecture. */
export function instructionsOf(host: Host): readonly string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(host.read("/proc/cpuinfo") ?? "")?.[1] ?? "";
  return [...new Set(line.trim().split(/\s+/))].filter((name) => INSTRUCTIONS.test(name)).sort();
}
