/** @file What `--dry-run` prints. Pure. */

export function estimateText(result: Record<string, unknown>): string {
  return JSON.stringify(result, null, 2);
}
