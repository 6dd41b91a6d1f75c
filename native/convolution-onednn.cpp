// Convolutions by oneDNN's own interface, versions 2.6 to 3. Images stay channels-last; only kernels change layout.
#ifdef REWEIGHT_ONEDNN
#include <omp.h>

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <stdexcept>
#include <utility>

#include "convolution-methods.h"

namespace reweight {
namespace {

using Dims = dnnl::memory::dims;
using Layout = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;
using Desc = dnnl::memory::desc;

const auto kAlgorithm = dnnl::algorithm::convolution_direct;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

Desc describe(const std::array<int64_t, 4>& extents, Type type, Layout layout) {
  return Desc(Dims(extents.begin(), extents.end()), type, layout);
}

// Version 3 has no operation descriptor between the parameters and the primitive.
template <typename Operation, typename... Hint>
typename Operation::primitive_desc plan(const dnnl::primitive_attr& attributes, const Desc& a, const Desc& b,
                                        const Desc& c, const Dims& strides, const Dims& pad, const Hint&... forward) {
  constexpr bool isForward = std::is_same_v<Operation, dnnl::convolution_forward>;
#if DNNL_VERSION_MAJOR >= 3
  if constexpr (isForward) {
    return {engine(), dnnl::prop_kind::forward_training, kAlgorithm, a, b, c, strides, pad, pad, attributes};
  } else {
    return {engine(), kAlgorithm, a, b, c, strides, pad, pad, forward..., attributes};
  }
#else
  if constexpr (isForward) {
    return {{dnnl::prop_kind::forward_training, kAlgorithm, a, b, c, strides, pad, pad}, attributes, engine()};
  } else {
    return {{kAlgorithm, a, b, c, strides, pad, pad}, attributes, engine(), forward...};
  }
#endif
}

// w [O, KH, KW, C] → the kernel of the adjoint [KH, KW, O, C]: rotated by 180°, channel axes swapped.
void flipKernel(const std::array<int64_t, 4>& extents, const float* w, float* flipped) {
  const auto [O, C, KH, KW] = extents;
  for (int64_t o = 0; o < O; o++) {
    for (int64_t tap = KH * KW - 1; tap >= 0; tap--, w += C) std::copy(w, w + C, flipped + (tap * O + o) * C);
  }
}

class OnednnConvolution final : public Convolution {
 public:
  OnednnConvolution(const ConvolutionSpec& spec, int threads) : spec_(spec), threads_(threads), stream_(engine()) {
    omp_set_num_threads(threads_);  // primitives are created for a fixed number of threads
    attributes_.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    // At stride 1 the adjoint is a forward convolution with the flipped kernel: up to 10 % faster than oneDNN's
    // backward_data, and it can accumulate. Its padding K - 1 - pad must not be negative.
    const bool flips = spec.stride == 1 && spec.pad < std::min(spec.w[2], spec.w[3]);
    switch (spec.form) {
      case ConvolutionForm::forward: makeForward(); break;
      case ConvolutionForm::inputGrad: flips ? makeFlipped() : makeInputGrad(); break;
      case ConvolutionForm::weightGrad: makeWeightGrad(); break;
    }
    convolutionScratch(scratchBytes_);
  }

  void run(const void* a, const void* b, void* out) override {
    omp_set_num_threads(threads_);
    char* scratch = convolutionScratch(scratchBytes_);
    for (Part* part : {&pad_, &kernel_, &flipped_, &added_}) {
      if (part->memory) part->memory.set_data_handle(scratch + part->offset);
    }
    first_.set_data_handle(const_cast<void*>(a));
    if (spec_.form == ConvolutionForm::weightGrad) {
      second_.set_data_handle(const_cast<void*>(b));
      runWeightGrad(out);
    } else {
      runImage(static_cast<const float*>(b), static_cast<float*>(out));
    }
  }

 private:
  // Memory at an offset in the shared scratch.
  struct Part {
    dnnl::memory memory;
    size_t offset = 0;
  };

  Type imageType() const { return spec_.bfloat16 ? Type::bf16 : Type::f32; }
  Desc image(const std::array<int64_t, 4>& extents, Type type) const { return describe(extents, type, Layout::nhwc); }
  // The layout `any` lets the primitive choose.
  Desc anyKernel(const std::array<int64_t, 4>& extents, Type type) const {
    return describe(extents, type, Layout::any);
  }
  Desc plainKernel() const { return describe(spec_.w, Type::f32, Layout::ohwi); }
  Dims strides() const { return {spec_.stride, spec_.stride}; }
  Dims pad() const { return {spec_.pad, spec_.pad}; }

  static dnnl::memory unbound(const Desc& desc) { return dnnl::memory(desc, engine(), nullptr); }
  Part reserve(const Desc& desc) {
    Part part{unbound(desc), scratchBytes_};
    scratchBytes_ += roundToLine(desc.get_size());
    return part;
  }
  template <typename Primitive>
  void use(const typename Primitive::primitive_desc& desc) {
    primitive_ = Primitive(desc);
    pad_ = reserve(desc.scratchpad_desc());
  }
  // Kernels change at every step, so every run converts them to the primitive's layout, and to bfloat16.
  void useKernel(const Desc& preferred, const Desc& given) {
    kernel_ = reserve(preferred);
    plain_ = unbound(given);
    reorder_ = dnnl::reorder(plain_, kernel_.memory);
  }
  void useImages(const Desc& from, const Desc& to) {
    first_ = unbound(from);
    second_ = unbound(to);
  }

  void useForward(const Desc& from, const Desc& to, const std::array<int64_t, 4>& extents, const Dims& pad,
                  const Desc& given) {
    dnnl::primitive_attr attributes = attributes_;
    if (spec_.accumulate) {
      dnnl::post_ops sum;
      sum.append_sum(1.0f);
      attributes.set_post_ops(sum);
    }
    const Desc kernel = anyKernel(extents, imageType());
    const auto desc = plan<dnnl::convolution_forward>(attributes, from, kernel, to, strides(), pad);
    use<dnnl::convolution_forward>(desc);
    useKernel(desc.weights_desc(), given);
    useImages(from, to);
    arguments_ = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
  }
  void makeForward() {
    useForward(image(spec_.x, imageType()), image(spec_.g, Type::f32), spec_.w, pad(), plainKernel());
  }
  void makeFlipped() {
    const auto& w = spec_.w;
    const std::array<int64_t, 4> kernel = {w[1], w[0], w[2], w[3]};
    const Desc given = describe(kernel, Type::f32, Layout::hwio);
    flipped_ = reserve(given);
    const Dims pad = {w[2] - 1 - spec_.pad, w[3] - 1 - spec_.pad};
    useForward(image(spec_.g, imageType()), image(spec_.x, Type::f32), kernel, pad, given);
  }
  void makeInputGrad() {
    const Desc from = image(spec_.g, imageType()), to = image(spec_.x, Type::f32);
    const Desc kernel = anyKernel(spec_.w, imageType());
    const auto forward = plan<dnnl::convolution_forward>(
        attributes_, image(spec_.x, imageType()), kernel, image(spec_.g, imageType()), strides(), pad());
    const auto desc = plan<dnnl::convolution_backward_data>(attributes_, to, kernel, from, strides(), pad(), forward);
    use<dnnl::convolution_backward_data>(desc);
    useKernel(desc.weights_desc(), plainKernel());
    useImages(from, to);
    if (spec_.accumulate) added_ = reserve(to);
    arguments_ = {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC};
  }
  void makeWeightGrad() {
    const Desc x = image(spec_.x, imageType()), g = image(spec_.g, imageType());
    const auto forward =
        plan<dnnl::convolution_forward>(attributes_, x, anyKernel(spec_.w, imageType()), g, strides(), pad());
    const auto desc = plan<dnnl::convolution_backward_weights>(
        attributes_, x, anyKernel(spec_.w, Type::f32), g, strides(), pad(), forward);
    use<dnnl::convolution_backward_weights>(desc);
    kernel_ = reserve(desc.diff_weights_desc());
    plain_ = unbound(plainKernel());
    reorder_ = dnnl::reorder(kernel_.memory, plain_);
    useImages(x, g);
  }

  void runImage(const float* w, float* out) {
    if (flipped_.memory) {
      float* flipped = static_cast<float*>(flipped_.memory.get_data_handle());
      flipKernel(spec_.w, w, flipped);
      w = flipped;
    }
    plain_.set_data_handle(const_cast<float*>(w));
    reorder_.execute(stream_, plain_, kernel_.memory);
    float* result = added_.memory ? static_cast<float*>(added_.memory.get_data_handle()) : out;
    second_.set_data_handle(result);
    primitive_.execute(stream_, {{arguments_[0], first_},
                                 {arguments_[1], kernel_.memory},
                                 {arguments_[2], second_},
                                 {DNNL_ARG_SCRATCHPAD, pad_.memory}});
    stream_.wait();
    if (!added_.memory) return;
    const int64_t size = spec_.x[0] * spec_.x[1] * spec_.x[2] * spec_.x[3];
#pragma omp parallel for simd
    for (int64_t i = 0; i < size; i++) out[i] += result[i];
  }
  void runWeightGrad(void* out) {
    plain_.set_data_handle(out);
    primitive_.execute(stream_, {{DNNL_ARG_SRC, first_},
                                 {DNNL_ARG_DIFF_DST, second_},
                                 {DNNL_ARG_DIFF_WEIGHTS, kernel_.memory},
                                 {DNNL_ARG_SCRATCHPAD, pad_.memory}});
    reorder_.execute(stream_, kernel_.memory, plain_);
    stream_.wait();
  }

  const ConvolutionSpec spec_;
  const int threads_;
  dnnl::stream stream_;
  dnnl::primitive_attr attributes_;
  dnnl::primitive primitive_;
  dnnl::reorder reorder_;
  std::array<int, 3> arguments_{};
  dnnl::memory first_, second_, plain_;
  Part pad_, kernel_, flipped_, added_;
  size_t scratchBytes_ = 0;
};

}  // namespace

std::unique_ptr<Convolution> makeOnednnConvolution(const ConvolutionSpec& spec, int threads) {
  // oneDNN would emulate missing instructions, slower than float32. The number of an instruction set includes the bits
  // of its subsets.
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto needed = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  if (spec.bfloat16 && (isa & needed) != needed) {
    throw std::runtime_error("bfloat16 needs a processor with AVX-512 BF16 instructions, which this one lacks");
  }
  return std::make_unique<OnednnConvolution>(spec, threads);
}

}  // namespace reweight
#endif
