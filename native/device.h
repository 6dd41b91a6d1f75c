// Devices by name, what they have, and how arrays get there.
#pragma once

#include <ATen/ATen.h>

#include <string>

namespace reweight {

// "cpu" or "cuda". Throws std::runtime_error saying why there is no such device.
at::Device deviceOf(const std::string& name);
// The graphics card's name, empty where there is none or libtorch was built without.
std::string cudaName();
// Whether the processor multiplies bfloat16 in hardware.
bool hasBfloat16();
// A dense copy in the memory order of the engine; host memory may go afterwards.
at::Tensor toDevice(const at::Tensor& host, const at::Device& device);
// Which of a graphics card's kernels may be used, by what runs next.
void useKernels(bool tf32, bool deterministic);

}  // namespace reweight
