import { defineConfig } from "vitest/config";

const source = (file: string): string => new URL(`./src/${file}`, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    alias: [
      { find: "reweight/graph", replacement: source("public/graph.ts") },
      { find: "reweight/methods", replacement: source("public/methods.ts") },
      { find: "reweight", replacement: source("index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    expect: { requireAssertions: true },
    testTimeout: 60_000,
    pool: "forks",
  },
});
