import { describe, expect, test } from "vitest";
import type { AddonInfo } from "../../src/engines/torch/addon.ts";
import { findCompiler } from "../../src/engines/torch/build/compiler.ts";
import { flagsFor } from "../../src/engines/torch/build/flags.ts";
import { findLibtorch, isAtLeast } from "../../src/engines/torch/build/libtorch.ts";
import { instructionsOf } from "../../src/engines/torch/build/processor.ts";
import { describe as describeAddon } from "../../src/engines/torch/diagnose.ts";
import { both, DEBIAN, fakeHost, MAC, WHEEL, WHEEL_ROOT, without } from "./torch-machines.ts";
import type { FakeMachine } from "./torch-machines.ts";

const find = (machine: FakeMachine) => findLibtorch(fakeHost(machine));
/** Debian's links without the one from libblas.so.3 to OpenBLAS. */
const DNNL = { "/usr/lib/x86_64-linux-gnu/libdnnl.so": "/usr/lib/x86_64-linux-gnu/libdnnl.so.2.6" };
const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

describe("finding libtorch", () => {
  test("Debian's, with OpenBLAS and oneDNN; its python3-torch is the same one", async () => {
    expect(await find(DEBIAN)).toEqual({
      kind: "system",
      root: "/usr",
      version: "1.13.0",
      includes: ["/usr/include", "/usr/include/torch/csrc/api/include"],
      libs: "/usr/lib/x86_64-linux-gnu",
      cxx11Abi: true,
      openmp: undefined,
      blas: { name: "openblas", slow: false },
      oneDnn: { include: "/usr/include", libs: "/usr/lib/x86_64-linux-gnu" },
      cuda: undefined,
      skipped: [
        "LIBTORCH: is not set",
        "the torch of python3: is Debian's python3-torch, whose headers are the system's (libtorch-dev)",
      ],
      advice: [],
    });
  });

  test("a Python environment's torch goes before the system's, and brings its own OpenMP", async () => {
    expect(await find(both(DEBIAN, WHEEL))).toMatchObject({
      kind: "python",
      root: WHEEL_ROOT,
      version: "2.14.0",
      openmp: `${WHEEL_ROOT}/lib/libgomp.so.1`,
      blas: { name: "inside libtorch", slow: false },
      oneDnn: undefined,
      advice: ["convolutions go through ATen: this libtorch holds oneDNN inside, where nothing else can call it"],
    });
  });

  test("LIBTORCH goes before both", async () => {
    const named = both(both(DEBIAN, WHEEL), {
      env: { LIBTORCH: "/opt/libtorch" },
      files: {
        "/opt/libtorch/include/ATen/ATen.h": "",
        "/opt/libtorch/lib/libtorch_cpu.so": "",
        "/opt/libtorch/build-version": "2.3.1+cpu\n",
      },
    });
    expect(await find(named)).toMatchObject({
      kind: "LIBTORCH",
      root: "/opt/libtorch",
      version: "2.3.1+cpu",
      skipped: [],
    });
  });

  test("a LIBTORCH that cannot be used is an error, not a reason to take another", async () => {
    expect(await messageOf(find(both(DEBIAN, { env: { LIBTORCH: "/nowhere" } })))).toBe(
      "LIBTORCH: expected a folder with libtorch's include/ and lib/; got\n" +
        "  LIBTORCH (/nowhere): has no headers: there is no /nowhere/include/ATen/ATen.h\n" +
        "Set it to another folder, or unset it to let the usual places be searched",
    );
  });

  test("a torch without headers is passed over, and said", async () => {
    const { kind, skipped } = await find(without(both(DEBIAN, WHEEL), `${WHEEL_ROOT}/include`));
    expect(kind).toBe("system");
    expect(skipped).toContain(
      `the torch of /home/a/venv/bin/python3 (${WHEEL_ROOT}): has no headers: there is no ${WHEEL_ROOT}/include/ATen/ATen.h`,
    );
  });

  test.each<[string, FakeMachine, string]>([
    [
      "Debian's run-time library alone",
      without(DEBIAN, "/usr/include"),
      "the system's libtorch (/usr): has no headers: there is no /usr/include/ATen/ATen.h",
    ],
    [
      "headers alone",
      without(WHEEL, "libtorch_cpu"),
      `(${WHEEL_ROOT}): has headers but no library: there is no ${WHEEL_ROOT}/lib/libtorch_cpu.so`,
    ],
    ["no version", without(WHEEL, "version.h"), `(${WHEEL_ROOT}): does not say which version it is`],
    [
      "an old version",
      both(without(WHEEL, "version.h"), { files: { [`${WHEEL_ROOT}/version.py`]: "__version__ = '1.12.1+cu113'" } }),
      `(${WHEEL_ROOT}): is version 1.12.1+cu113; 1.13 or newer is needed`,
    ],
  ])("%s will not do", async (_, machine, reason) => {
    expect(await messageOf(find(machine))).toContain(reason);
  });

  test("nothing found: all places, and the commands for this system", async () => {
    const message = await messageOf(find({ files: { "/usr/bin/apt-get": "" }, commands: { python3: "\n" } }));
    expect(message).toMatchInlineSnapshot(`
      "found no libtorch. Looked at
        LIBTORCH: is not set
        python3: has no module torch
        the system's libtorch (/usr): has no headers: there is no /usr/include/ATen/ATen.h
      Install it:
        Debian, Ubuntu: apt-get install libtorch-dev libopenblas0-pthread libdnnl-dev g++
        in a Python environment: pip install torch
        or unpack libtorch from pytorch.org, and set LIBTORCH to its folder"
    `);
    expect(await messageOf(find({ platform: "darwin" }))).toMatchInlineSnapshot(`
      "found no libtorch. Looked at
        LIBTORCH: is not set
        python3: there is no such command
        Homebrew's pytorch (/opt/homebrew/opt/pytorch): has no headers: there is no /opt/homebrew/opt/pytorch/include/ATen/ATen.h
        Homebrew's libtorch (/opt/homebrew/opt/libtorch): has no headers: there is no /opt/homebrew/opt/libtorch/include/ATen/ATen.h
        Homebrew's pytorch (/usr/local/opt/pytorch): has no headers: there is no /usr/local/opt/pytorch/include/ATen/ATen.h
        Homebrew's libtorch (/usr/local/opt/libtorch): has no headers: there is no /usr/local/opt/libtorch/include/ATen/ATen.h
      Install it:
        Homebrew: brew install pytorch libomp
        in a Python environment: pip install torch
        or unpack libtorch from pytorch.org, and set LIBTORCH to its folder"
    `);
    expect(await messageOf(find({ platform: "win32" }))).toMatchInlineSnapshot(
      `"the torch engine is built on Linux and macOS; this is win32. Use --engine onnx, or build inside WSL"`,
    );
  });

  test("the reference BLAS and missing oneDNN headers are told with the commands", async () => {
    const bare = { ...without(DEBIAN, "oneapi"), links: {} };
    const { blas, oneDnn, advice } = await find(bare);
    expect([blas, oneDnn]).toEqual([{ name: "the reference BLAS", slow: true }, undefined]);
    expect(advice).toEqual([
      "matrix products use the reference BLAS, 30 times slower: apt-get install libopenblas0-pthread",
      "convolutions go through ATen: oneDNN's headers are missing; for direct ones: apt-get install libdnnl-dev",
    ]);
  });

  test("oneDNN of another version than libtorch's is not linked", async () => {
    const library = "/usr/lib/x86_64-linux-gnu/libdnnl.so";
    const { oneDnn, advice } = await find({ ...DEBIAN, links: { ...DEBIAN.links, [library]: `${library}.3.1` } });
    expect(oneDnn).toBeUndefined();
    expect(advice).toEqual([
      `convolutions go through ATen: libtorch uses libdnnl.so.2, and ${library} is libdnnl.so.3.1`,
    ]);
  });

  test.each<[string, FakeMachine, boolean]>([
    [
      "by CMake's file",
      { files: { [`${WHEEL_ROOT}/share/cmake/Torch/TorchConfig.cmake`]: "_GLIBCXX_USE_CXX11_ABI=0" } },
      false,
    ],
    [
      "by a symbol",
      { files: { [`${WHEEL_ROOT}/lib/libc10.so`]: "_ZN3c106detail14torchCheckFailEPKcS2_jRKSs" } },
      false,
    ],
    ["else it is the new one", {}, true],
  ])("the old C++ ABI is known %s", async (_, more, cxx11Abi) => {
    expect(await find(both(WHEEL, more))).toMatchObject({ cxx11Abi });
  });

  test("CUDA counts when its headers are there: the toolkit's, or those of NVIDIA's wheels", async () => {
    const cuda = both(WHEEL, { files: { [`${WHEEL_ROOT}/lib/libtorch_cuda.so`]: "" } });
    expect((await find(cuda)).advice).toContain(
      "this libtorch has CUDA, but CUDA's headers are missing, so the engine gets no GPU: install NVIDIA's CUDA toolkit and set CUDA_HOME",
    );
    const toolkit = { env: { CUDA_HOME: "/cuda" }, files: { "/cuda/include/cuda_runtime.h": "" } };
    expect(await find(both(cuda, toolkit))).toMatchObject({ cuda: ["/cuda/include"] });
    const folder = `${WHEEL_ROOT.replace(/torch$/, "nvidia")}/cu13/include`;
    expect(await find(both(cuda, { files: { [`${folder}/cuda_runtime.h`]: "" } }))).toMatchObject({
      cuda: [folder],
    });
  });

  test("Homebrew's, on a Mac", async () => {
    expect(await find(MAC)).toMatchObject({ kind: "homebrew", version: "2.9.0", blas: { name: "Accelerate" } });
  });

  test("versions compare by numbers", () => {
    expect([isAtLeast("2.10.0+cpu", "2.9"), isAtLeast("2.9.1", "2.10"), isAtLeast("1.13.0", "1.13")]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe("flags", () => {
  const flags = async (machine: FakeMachine, variant: "release" | "debug" | "sanitize" = "release") =>
    flagsFor(fakeHost(machine), await find(machine), { variant, strict: true });

  test("Debian: C++17, oneDNN, no run path, and the compiler's own folders are left where they are", async () => {
    const { compile, link } = await flags(DEBIAN);
    expect(compile).toEqual(
      expect.arrayContaining(["-std=c++17", "-O3", "-march=native", "-fopenmp", "-Werror", "-DREWEIGHT_ONEDNN"]),
    );
    expect(compile).not.toContain("/usr/include");
    expect(compile).not.toContain("-ffast-math");
    expect(link).toEqual(expect.arrayContaining(["-shared", "-ltorch_cpu", "-lc10", "-ldnnl", "-fopenmp"]));
    expect(link.join(" ")).not.toContain("-rpath");
  });

  test("a new wheel: C++20, its folder as the run path, its OpenMP and no other", async () => {
    const { compile, link } = await flags(WHEEL);
    expect(compile).toEqual(expect.arrayContaining(["-std=c++20", '-DREWEIGHT_TORCH_VERSION="2.14.0"']));
    expect(link).toEqual(
      expect.arrayContaining([`-Wl,-rpath,${WHEEL_ROOT}/lib`, `${WHEEL_ROOT}/lib/libgomp.so.1`, "-ltorch_cpu"]),
    );
    expect(link).not.toContain("-fopenmp");
  });

  test("valgrind cannot run AVX-512; sanitizers are compiled and linked in", async () => {
    expect((await flags(DEBIAN, "debug")).compile).toEqual(expect.arrayContaining(["-g", "-march=x86-64-v3"]));
    const { compile, link } = await flags(DEBIAN, "sanitize");
    expect([compile, link]).toEqual([
      expect.arrayContaining(["-fsanitize=address,undefined"]),
      expect.arrayContaining(["-fsanitize=address,undefined"]),
    ]);
  });

  test("a Mac: the processor by -mcpu, Homebrew's libomp", async () => {
    const { compile, link } = await flags(MAC);
    expect(compile).toEqual(
      expect.arrayContaining(["-mcpu=native", "-Xpreprocessor", "/opt/homebrew/opt/libomp/include"]),
    );
    expect(link).toEqual(expect.arrayContaining(["-bundle", "dynamic_lookup", "-lomp"]));
    await expect(flags(without(MAC, "omp.h"))).rejects.toThrow(
      "found no OpenMP: expected omp.h in /opt/homebrew/opt/libomp/include or /usr/local/opt/libomp/include. Install it: brew install libomp",
    );
  });
});

describe("the machine", () => {
  test("the compiler: CXX, with what stands before it, else g++, else clang++", async () => {
    const compilers = { "ccache g++-13 --version": "g++-13 13.2\n", "clang++ --version": "clang version 19\n" };
    const named = fakeHost({ env: { CXX: "ccache g++-13" }, commands: compilers });
    expect(await findCompiler(named)).toEqual({ command: ["ccache", "g++-13"], version: "g++-13 13.2" });
    expect(await findCompiler(fakeHost({ commands: compilers }))).toMatchObject({ command: ["clang++"] });
  });

  test("no compiler: what was tried, and how to install one", async () => {
    expect(await messageOf(findCompiler(fakeHost({ files: { "/usr/bin/apt-get": "" } })))).toBe(
      "found no C++ compiler. Tried\n  g++: there is no such command\n  clang++: there is no such command\nInstall one: apt-get install g++",
    );
    expect(await messageOf(findCompiler(fakeHost({ env: { CXX: "icpx" } })))).toBe(
      "CXX: expected a C++ compiler; got\n  icpx: there is no such command\nSet it to one that is installed, or unset it",
    );
  });

  test("the processor's instructions, without what is the kernel's", () => {
    const files = { "/proc/cpuinfo": "model name : A\nflags\t\t: fpu avx2 fma avx512f smep smap ibrs md_clear\n" };
    expect(instructionsOf(fakeHost({ files }))).toEqual(["avx2", "avx512f", "fma"]);
    expect(instructionsOf(fakeHost({ platform: "darwin" }))).toEqual([]);
  });
});

describe("what the doctor says of an addon that loads", () => {
  const info: AddonInfo = {
    version: "1.13.0",
    threads: 4,
    cuda: false,
    card: "",
    directConvolutions: true,
    bfloat16: true,
    ops: [],
  };

  test("what it runs on", async () => {
    expect(describeAddon(info, await find(DEBIAN))).toEqual({
      name: "torch",
      loads: true,
      version: "1.13.0",
      detail: [
        "float32 and bfloat16 on the CPU",
        "4 threads; matrix products by openblas",
        "convolutions by oneDNN, directly",
        "libtorch from /usr (system)",
      ],
    });
    const { detail } = describeAddon({ ...info, bfloat16: false, card: "NVIDIA H100" }, await find(DEBIAN));
    expect(detail[0]).toBe("float32 on the CPU; float32 on NVIDIA H100");
  });

  test("what is missing as things are now, and what was installed since the build", async () => {
    const { detail } = describeAddon({ ...info, directConvolutions: false }, await find({ ...DEBIAN, links: DNNL }));
    expect(detail.slice(1)).toEqual([
      "4 threads; matrix products by the reference BLAS",
      "convolutions through ATen",
      "libtorch from /usr (system)",
      "oneDNN's headers were not there when it was built, and are now. Run `npm run build:torch`",
      "matrix products use the reference BLAS, 30 times slower: apt-get install libopenblas0-pthread",
    ]);
  });
});
