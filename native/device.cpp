#include "device.h"

#include <stdexcept>

#include "session.h"

#ifdef REWEIGHT_CUDA
#include <c10/cuda/CUDAFunctions.h>
#include <cuda_runtime.h>
#endif

namespace reweight {

at::Device deviceOf(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name != "cuda") throw std::runtime_error("expected the device cpu or cuda, got " + name);
#ifdef REWEIGHT_CUDA
  if (c10::cuda::device_count() > 0) return {at::kCUDA, 0};
  throw std::runtime_error("device cuda: libtorch was built for CUDA, but no usable graphics card was found");
#else
  throw std::runtime_error("device cuda: this build's libtorch has no CUDA. Point LIBTORCH at one that has and run `reweight build-torch`");
#endif
}

std::string cudaName() {
#ifdef REWEIGHT_CUDA
  cudaDeviceProp properties;
  if (c10::cuda::device_count() > 0 && cudaGetDeviceProperties(&properties, 0) == cudaSuccess) return properties.name;
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
  // The copy from pinned memory is asynchronous; the allocator keeps the pages until it is done.
  return device.is_cuda() ? array.copy_(host.pin_memory(), true) : array.copy_(host);
}

void useKernels(bool tf32, bool deterministic) {
  auto& context = at::globalContext();
  context.setAllowTF32CuBLAS(tf32);
  context.setAllowTF32CuDNN(tf32);
  context.setDeterministicAlgorithms(deterministic, false);
  context.setDeterministicCuDNN(deterministic);
}

}  // namespace reweight
