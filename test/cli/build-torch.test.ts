import { afterEach, describe, expect, test, vi } from "vitest";
import { libtorchText } from "../../src/cli/verbs/build-torch.ts";
import { runCli } from "../../src/cli/program.ts";
import { fakeIo } from "./fake-io.ts";

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = fakeIo();
  const code = await runCli(["build-torch", ...argv], io);
  return { code, out: io.printed.join("\n"), err: io.errors.join("\n") };
}

describe("reweight build-torch", () => {
  afterEach(() => void vi.unstubAllEnvs());

  test("what was found, what was passed over, and what to install", () => {
    const text = libtorchText({
      kind: "python",
      root: "/venv/torch",
      version: "2.3.1",
      includes: [],
      libs: "/venv/torch/lib",
      cxx11Abi: false,
      openmp: undefined,
      blas: { name: "the reference BLAS", slow: true },
      oneDnn: undefined,
      cuda: undefined,
      skipped: ["LIBTORCH: is not set"],
      advice: ["matrix products use the reference BLAS, 30 times slower: apt-get install libopenblas0-pthread"],
    });
    expect(text).toMatchInlineSnapshot(`
      "libtorch         2.3.1 from /venv/torch (python), with the C++ ABI from before C++11
      matrix products  the reference BLAS
      convolutions     through ATen
      CUDA             no
      not taken: LIBTORCH: is not set
      → matrix products use the reference BLAS, 30 times slower: apt-get install libopenblas0-pthread"
    `);
  });

  test("a LIBTORCH that is none: exit code 1, and what was expected", async () => {
    vi.stubEnv("LIBTORCH", "/nowhere");
    const { code, err } = await run();
    expect(code).toBe(1);
    expect(err).toMatch(
      /^reweight build-torch: LIBTORCH: expected a folder with libtorch's include\/ and lib\/; got\n/,
    );
  });

  test("two kinds of build at once: exit code 2", async () => {
    expect(await run("--sanitize", "--debug")).toEqual({
      code: 2,
      out: "",
      err: "reweight build-torch: --sanitize: expected alone; got --debug with it. Build one, then the other",
    });
    expect(await run("--clear")).toMatchObject({
      code: 2,
      err: "reweight build-torch: unknown option --clear. Did you mean --clean?",
    });
  });

  test("its help has examples and the exit codes", async () => {
    const { code, out } = await run("--help");
    expect(code).toBe(0);
    expect(out).toContain("\nExamples:\n  # ");
    expect(out).toContain("130  interrupted");
  });
});
