/** @file Checks that take minutes and need further tools; not part of `npm test`. */

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/native/*.check.ts"],
    expect: { requireAssertions: true },
    testTimeout: 3_600_000,
    hookTimeout: 3_600_000,
    pool: "forks",
  },
});
