/** @file Fake machines: tables of files, links and commands. */

import { dirname } from "node:path";
import type { Host, Outcome } from "../../src/engines/torch/build/host.ts";

export interface FakeMachine {
  readonly platform?: NodeJS.Platform;
  readonly arch?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Targets of symbolic links, by path. */
  readonly links?: Readonly<Record<string, string>>;
  /** Output of commands, keyed by the command and its arguments joined by spaces, or a prefix of that. */
  readonly commands?: Readonly<Record<string, string>>;
}

export function fakeHost({ env = {}, files = {}, links = {}, commands = {}, ...rest }: FakeMachine): Host {
  const paths = Object.keys(files);
  const folders = new Set(paths.flatMap(ancestors));
  return {
    platform: rest.platform ?? "linux",
    arch: rest.arch ?? "x64",
    env,
    exists: (path) => path in files || folders.has(path),
    list: (path) =>
      [...new Set([...paths, ...folders])]
        .filter((file) => dirname(file) === path)
        .map((file) => file.slice(path.length + 1)),
    read: (path) => files[path],
    realPath: (path) => links[path] ?? path,
    run: (command, args) => {
      const line = [command, ...args].join(" ");
      const key = Object.keys(commands).find((start) => line.startsWith(start));
      const ended: Outcome =
        key === undefined ? { code: undefined, out: "", err: "ENOENT" } : { code: 0, out: commands[key]!, err: "" };
      return Promise.resolve(ended);
    },
  };
}

function ancestors(path: string): string[] {
  const up = dirname(path);
  return up === path ? [] : [up, ...ancestors(up)];
}

const needed = (...names: string[]): string =>
  names.map((name) => ` 0x0000000000000001 (NEEDED)             Shared library: [${name}]`).join("\n");

const versionHeader = (major: number, minor: number): string =>
  `#define TORCH_VERSION_MAJOR ${major}\n#define TORCH_VERSION_MINOR ${minor}\n#define TORCH_VERSION_PATCH 0\n`;

const LIBS = "/usr/lib/x86_64-linux-gnu";

/** Debian 12 with libtorch-dev, libdnnl-dev, libopenblas0-pthread and python3-torch. */
export const DEBIAN = {
  files: {
    "/usr/bin/apt-get": "",
    "/usr/include/ATen/ATen.h": "",
    "/usr/include/torch/csrc/api/include/torch/version.h": versionHeader(1, 13),
    "/usr/include/oneapi/dnnl/dnnl.hpp": "",
    [`${LIBS}/libtorch_cpu.so`]: "",
    [`${LIBS}/libc10.so`]: "",
    [`${LIBS}/libdnnl.so`]: "",
    [`${LIBS}/libgomp.so.1`]: "",
    [`${LIBS}/cmake/Torch/TorchConfig.cmake`]: 'set(TORCH_CXX_FLAGS "-D_GLIBCXX_USE_CXX11_ABI=1")',
  },
  links: {
    [`${LIBS}/libblas.so.3`]: `${LIBS}/openblas-pthread/libblas.so.3`,
    [`${LIBS}/libdnnl.so`]: `${LIBS}/libdnnl.so.2.6`,
    "/usr/lib/python3/dist-packages/torch/include/torch": "/usr/include/torch",
  },
  commands: {
    python3: "/usr/lib/python3/dist-packages/torch/__init__.py\n",
    [`readelf -d ${LIBS}/libtorch_cpu.so`]: needed("libgomp.so.1", "libblas.so.3", "liblapack.so.3", "libdnnl.so.2"),
    "g++ --version": "g++ (Debian 12.2.0-14) 12.2.0\nCopyright …",
  },
} satisfies FakeMachine;

/** A virtual environment with torch's wheel. */
export const WHEEL_ROOT = "/home/a/venv/lib/python3.11/site-packages/torch";
export const WHEEL = {
  env: { VIRTUAL_ENV: "/home/a/venv" },
  files: {
    [`${WHEEL_ROOT}/include/ATen/ATen.h`]: "",
    [`${WHEEL_ROOT}/include/torch/headeronly/version.h`]: versionHeader(2, 14),
    [`${WHEEL_ROOT}/lib/libtorch_cpu.so`]: "",
    [`${WHEEL_ROOT}/lib/libc10.so`]:
      "_ZN3c106detail14torchCheckFailEPKcS2_jRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE",
    [`${WHEEL_ROOT}/lib/libgomp.so.1`]: "",
  },
  commands: {
    "/home/a/venv/bin/python3": `${WHEEL_ROOT}/__init__.py\n`,
    [`readelf -d ${WHEEL_ROOT}`]: needed("libc10.so", "libgomp.so.1"),
    "g++ --version": "g++ 15.1.0",
  },
} satisfies FakeMachine;

/** A Mac with Homebrew's pytorch and libomp. */
export const MAC = {
  platform: "darwin",
  arch: "arm64",
  files: {
    "/opt/homebrew/opt/pytorch/include/ATen/ATen.h": "",
    "/opt/homebrew/opt/pytorch/include/torch/headeronly/version.h": versionHeader(2, 9),
    "/opt/homebrew/opt/pytorch/lib/libtorch_cpu.dylib": "",
    "/opt/homebrew/opt/libomp/include/omp.h": "",
  },
  commands: {
    "otool -L": "/opt/homebrew/opt/pytorch/lib/libtorch_cpu.dylib:\n\t@rpath/libc10.dylib (compatibility)\n",
  },
} satisfies FakeMachine;

/** The files of one machine on top of another's. */
export function both(first: FakeMachine, second: FakeMachine): FakeMachine {
  return {
    ...first,
    env: { ...first.env, ...second.env },
    files: { ...first.files, ...second.files },
    links: { ...first.links, ...second.links },
    commands: { ...first.commands, ...second.commands },
  };
}

/** A machine without the files whose path contains `part`. */
export function without(machine: FakeMachine, part: string): FakeMachine {
  const keep = Object.entries(machine.files ?? {}).filter(([path]) => !path.includes(part));
  return { ...machine, files: Object.fromEntries(keep) };
}
