import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { reweight: new URL("./src/index.ts", import.meta.url).pathname } },
  test: {
    include: ["test/**/*.test.ts"],
    expect: { requireAssertions: true },
    testTimeout: 60_000,
    pool: "forks",
  },
});
