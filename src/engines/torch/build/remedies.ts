/** @file The exact commands that install what is missing. */

import type { Host } from "./host.ts";

type Missing = "libtorch" | "compiler" | "blas" | "onednn" | "openmp" | "cuda";

const APT: Readonly<Record<Missing, string>> = {
  libtorch: "apt-get install libtorch-dev libopenblas0-pthread libdnnl-dev g++",
  compiler: "apt-get install g++",
  blas: "apt-get install libopenblas0-pthread",
  onednn: "apt-get install libdnnl-dev",
  openmp: "apt-get install g++",
  cuda: "apt-get install nvidia-cuda-toolkit",
};

const OTHER_LINUX: Readonly<Record<Missing, string>> = {
  libtorch: "pip install torch",
  compiler: "install g++ or clang++ with the system's package manager",
  blas: "install OpenBLAS with the system's package manager, in place of the reference BLAS",
  onednn: "install oneDNN's headers with the system's package manager",
  openmp: "install libgomp with the system's package manager",
  cuda: "install NVIDIA's CUDA toolkit and set CUDA_HOME",
};

const MAC: Readonly<Record<Missing, string>> = {
  libtorch: "brew install pytorch libomp",
  compiler: "xcode-select --install",
  blas: "brew install openblas",
  onednn: "brew install onednn",
  openmp: "brew install libomp",
  cuda: "no CUDA on macOS",
};

/** The command for this machine. */
export function install(host: Host, what: Missing): string {
  if (host.platform === "darwin") return MAC[what];
  return (host.exists("/usr/bin/apt-get") ? APT : OTHER_LINUX)[what];
}

/** Every way to get libtorch here, the shortest first. */
export function waysToLibtorch(host: Host): readonly string[] {
  const pip = "in a Python environment: pip install torch";
  const folder = "or unpack libtorch from pytorch.org, and set LIBTORCH to its folder";
  if (host.platform === "darwin") return [`Homebrew: ${MAC.libtorch}`, pip, folder];
  const debian = `Debian, Ubuntu: ${APT.libtorch}`;
  return host.exists("/usr/bin/apt-get") ? [debian, pip, folder] : [pip, debian, folder];
}
