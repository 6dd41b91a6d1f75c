/** @file Words of tokenised text. */

/** What lies between ASCII spaces. Other white space is part of words. */
export const wordsBetweenSpaces = (line: string): string[] => line.split(" ").filter((word) => word !== "");

/** How often each word occurs, in the order of first occurrence. */
export function countWords(lines: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    for (const word of wordsBetweenSpaces(line)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}
