// Convolutions by libtorch's operators, for builds without oneDNN's headers. Tensors borrow the channels-last memory.
#ifndef REWEIGHT_ONEDNN
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <stdexcept>
#include <tuple>

#include "convolution-methods.h"

namespace reweight {
namespace {

at::Tensor borrow(const void* memory, const std::array<int64_t, 4>& extents, at::ScalarType type) {
  const auto [N, C, H, W] = extents;
  return at::from_blob(const_cast<void*>(memory), {N, C, H, W}, {H * W * C, 1, W * C, C}, at::dtype(type));
}

class AtenConvolution final : public Convolution {
 public:
  AtenConvolution(const ConvolutionSpec& spec, int threads) : spec_(spec), threads_(threads) {}

  void run(const void* a, const void* b, void* out) override {
    // libtorch may ship its own OpenMP, on which our omp_set_num_threads has no effect.
    if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
    const at::ScalarType type = spec_.bfloat16 ? at::kBFloat16 : at::kFloat;
    switch (spec_.form) {
      case ConvolutionForm::forward: return runForward(borrow(a, spec_.x, type), kernel(b, type), out);
      case ConvolutionForm::inputGrad: return runInputGrad(borrow(a, spec_.g, type), kernel(b, type), out);
      case ConvolutionForm::weightGrad: return runWeightGrad(borrow(a, spec_.x, type), borrow(b, spec_.g, type), out);
    }
  }

 private:
  at::Tensor kernel(const void* w, at::ScalarType type) const { return borrow(w, spec_.w, at::kFloat).to(type); }

  void runForward(const at::Tensor& x, const at::Tensor& w, void* out) const {
    keep(at::convolution(x, w, {}, strides_, pads_, {1, 1}, false, {0, 0}, 1), borrow(out, spec_.g, at::kFloat));
  }
  void runInputGrad(const at::Tensor& g, const at::Tensor& w, void* out) const {
    const at::Tensor x = at::empty({1}, g.options()).expand(spec_.x);  // only its extents are used
    keep(std::get<0>(adjoints(g, x, w, {true, false, false})), borrow(out, spec_.x, at::kFloat));
  }
  void runWeightGrad(const at::Tensor& x, const at::Tensor& g, void* out) const {
    const at::Tensor w = at::empty(spec_.w, x.options(), at::MemoryFormat::ChannelsLast);
    keep(std::get<1>(adjoints(g, x, w, {false, true, false})), borrow(out, spec_.w, at::kFloat));
  }
  std::tuple<at::Tensor, at::Tensor, at::Tensor> adjoints(const at::Tensor& g, const at::Tensor& x, const at::Tensor& w,
                                                          std::array<bool, 3> wanted) const {
    return at::convolution_backward(g, x, w, at::OptionalIntArrayRef(), strides_, pads_, {1, 1}, false, {0, 0}, 1,
                                    wanted);
  }
  void keep(const at::Tensor& result, at::Tensor out) const {
    if (spec_.accumulate) {
      out.add_(result);
    } else {
      out.copy_(result);
    }
  }

  const ConvolutionSpec spec_;
  const int threads_;
  const std::array<int64_t, 2> strides_{spec_.stride, spec_.stride};
  const std::array<int64_t, 2> pads_{spec_.pad, spec_.pad};
};

}  // namespace

std::unique_ptr<Convolution> makeAtenConvolution(const ConvolutionSpec& spec, int threads) {
  return std::make_unique<AtenConvolution>(spec, threads);
}

}  // namespace reweight
#endif
