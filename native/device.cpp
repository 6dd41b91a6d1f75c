#include "device.h"

#include <stdexcept>

#include "session.h"

#ifdef REWEIGHT_CUDA
#include <ATen/cuda/CUDAContext.h>
#endif

namespace reweight {

at::Device deviceOf(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name != "cuda") throw std::runtime_error("expected the device cpu or cuda, got " + name);
#ifdef REWEIGHT_CUDA
  if (at::hasCUDA() && at::cuda::is_available()) return {at::kCUDA, 0};
  throw std::runtime_error("device cuda: libtorch was built for CUDA, but no usable graphics card was found");
#else
  throw std::runtime_error("device cuda: this build's libtorch has no CUDA. Point LIBTORCH at one that has and run `reweight build-torch`");
#endif
}

std::string cudaName() {
#ifdef REWEIGHT_CUDA
  if (at::hasCUDA() && at::cuda::is_available()) return at::cuda::getCurrentDeviceProperties()->name;
#endif
  return "";
}

bool hasBfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

at::Tensor toDevice(const at::Tensor& host, const at::Device& device) {
  const auto options = at::TensorOptions(device).dtype(host.scalar_type());
  at::Tensor array = at::empty(host.sizes(), options.memory_format(formatOf(host.dim())));
  return array.copy_(host);
}

}  // namespace reweight
