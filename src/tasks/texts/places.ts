/** @file Buckets: the few lengths that batches of texts have, so that few programs are compiled. */

/** The least of 8, 12, 16, 24, 32, 48, 64, 96, … that holds a text. No text is too long. */
export function placesFor(length: number): number {
  for (let places = 8; ; places *= 2) {
    if (length <= places) return places;
    if (length <= 1.5 * places) return 1.5 * places;
  }
}
