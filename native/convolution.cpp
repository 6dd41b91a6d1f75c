// Chooses the method of a convolution, and adds the convolution's shape to errors.
#include "convolution.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>

#include "convolution-methods.h"

namespace reweight {
namespace {

// Extents, strides and paddings that oneDNN can count in its 32-bit integers.
bool isSmall(int64_t number) { return number >= 0 && number < (int64_t{1} << 30); }

std::string describe(const ConvolutionSpec& spec) {
  static const char* const names[] = {"forward", "inputGrad", "weightGrad"};
  std::ostringstream text;
  const auto extents = [&text](const char* name, const std::array<int64_t, 4>& e) {
    text << ' ' << name << " [" << e[0] << ", " << e[1] << ", " << e[2] << ", " << e[3] << ']';
  };
  text << "convolution " << names[static_cast<int>(spec.form)];
  extents("x", spec.x);
  extents("w", spec.w);
  extents("g", spec.g);
  text << " stride " << spec.stride << " pad " << spec.pad << (spec.accumulate ? " accumulating" : "")
       << (spec.bfloat16 ? " bfloat16" : "");
  return text.str();
}

void check(const ConvolutionSpec& spec) {
  if (!extentsFit(spec)) throw std::runtime_error("extents do not belong together");
  if (spec.accumulate && spec.form == ConvolutionForm::weightGrad) {
    throw std::runtime_error("weightGrad cannot accumulate");
  }
}

// Whether Winograd's method is possible and at least 15 % faster than oneDNN's direct convolutions: it is 1.3 to 2.5
// times faster for 16 to 128 channels. Only the spec decides, never a timing, so that results are reproducible.
bool useWinograd(const ConvolutionSpec& spec) {
  const int64_t C = spec.x[1], O = spec.g[1];
  if (spec.bfloat16 || spec.w[2] != 3 || spec.w[3] != 3 || spec.stride != 1 || spec.pad > 2) return false;
  if (C % 16 != 0 || O % 16 != 0) return false;
  const auto& image = spec.form == ConvolutionForm::inputGrad ? spec.x : spec.g;
  const int64_t pixels = image[2] * image[3], tiles = (image[2] + 3) / 4 * ((image[3] + 3) / 4);
  // Tiles of 4x4 pixels must be half full. Transformed kernels, four times larger, must pay off and fit the caches; for
  // weightGrad every thread has its own.
  const int64_t channels = spec.form == ConvolutionForm::weightGrad ? 128 : 256;
  return pixels >= 8 * tiles && image[0] * pixels >= 2 * std::max(C, O) && C * O <= channels * channels;
}

std::unique_ptr<Convolution> makeByMethod(const ConvolutionSpec& spec, int threads) {
  check(spec);
  if (useWinograd(spec)) return makeWinogradConvolution(spec, threads);
#ifdef REWEIGHT_ONEDNN
  return makeOnednnConvolution(spec, threads);
#else
  return makeAtenConvolution(spec, threads);
#endif
}

// Adds the convolution's shape to every error: a library's own error names at most a status.
class Named final : public Convolution {
 public:
  Named(const ConvolutionSpec& spec, int threads) : name_(describe(spec)) {
    guard([&] { method_ = makeByMethod(spec, threads); });
  }
  void run(const void* a, const void* b, void* out) override {
    guard([&] { method_->run(a, b, out); });
  }

 private:
  template <typename Action>
  void guard(const Action& action) const {
    try {
      action();
    } catch (const std::exception& error) {
      throw std::runtime_error(name_ + ": " + error.what());
    }
  }
  std::string name_;
  std::unique_ptr<Convolution> method_;
};

struct Free {
  void operator()(char* memory) const { std::free(memory); }
};

}  // namespace

std::array<int64_t, 4> outputOf(const std::array<int64_t, 4>& x, const std::array<int64_t, 4>& w, int64_t stride,
                                int64_t pad) {
  std::array<int64_t, 4> g{x[0], w[0], 0, 0};
  if (!isSmall(stride) || stride < 1 || !isSmall(pad)) return g;
  for (int axis = 2; axis < 4; axis++) {
    const int64_t span = isSmall(x[axis]) && isSmall(w[axis]) ? x[axis] + 2 * pad - w[axis] : -1;
    if (span >= 0) g[axis] = span / stride + 1;
  }
  return g;
}

bool extentsFit(const ConvolutionSpec& spec) {
  const auto isExtent = [](int64_t extent) { return isSmall(extent) && extent > 0; };
  for (const auto* extents : {&spec.x, &spec.w, &spec.g}) {
    if (!std::all_of(extents->begin(), extents->end(), isExtent)) return false;
  }
  return spec.x[1] == spec.w[1] && spec.stride > 0 && spec.pad >= 0 &&
         outputOf(spec.x, spec.w, spec.stride, spec.pad) == spec.g;
}

char* convolutionScratch(size_t bytes) {
  static thread_local std::unique_ptr<char, Free> memory;
  static thread_local size_t held = 0;
  if (bytes > held) {
    memory.reset();  // first, so that both blocks never exist at once
    held = 0;
    memory.reset(static_cast<char*>(std::aligned_alloc(64, roundToLine(bytes))));
    if (!memory) throw std::bad_alloc();
    held = bytes;
  }
  return memory.get();
}

bool hasDirectConvolutions() {
#ifdef REWEIGHT_ONEDNN
  return true;
#else
  return false;
#endif
}

std::unique_ptr<Convolution> makeConvolution(const ConvolutionSpec& spec, int threads) {
  return std::make_unique<Named>(spec, threads);
}

}  // namespace reweight
