// Devices by name, their capabilities, and the transfer of arrays to them.
#pragma once

#include <ATen/ATen.h>

#include <string>

namespace reweight {

// `name` is "cpu" or "cuda". Throws std::runtime_error with the reason if there is no such device.
at::Device deviceOf(const std::string& name);
// The graphics card's name; empty if there is none or libtorch has no CUDA.
std::string cudaName();
// Whether the processor multiplies bfloat16 in hardware.
bool hasBfloat16();
// A dense copy in the engine's memory order; the host memory may be freed afterwards.
at::Tensor toDevice(const at::Tensor& host, const at::Device& device);
// Selects the graphics card's kernels that may be used from now on.
void useKernels(bool tf32, bool deterministic);

}  // namespace reweight
