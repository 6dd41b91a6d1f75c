// The three convolutions of the trilinear form ⟨conv(x, w), g⟩ on the CPU, by oneDNN if its headers were present at
// build time.
//
// Memory is channels-last: x [N, H, W, C], w [O, KH, KW, C], g [N, OH, OW, O].
#pragma once

#include <array>
#include <cstdint>
#include <memory>

namespace reweight {

enum class ConvolutionForm { forward, inputGrad, weightGrad };

struct ConvolutionSpec {
  ConvolutionForm form;
  // Logical extents [N, C, H, W], [O, C, KH, KW], [N, O, OH, OW].
  std::array<int64_t, 4> x, w, g;
  int64_t stride;
  int64_t pad;
  // Adds to the result instead of overwriting it. Not for weightGrad.
  bool accumulate;
  // The images among the operands are bfloat16. Kernels, sums and results are always float32 in memory.
  bool bfloat16;
};

// A prepared convolution: primitives, memory of reordered kernels and scratch memory exist already.
class Convolution {
 public:
  virtual ~Convolution() = default;
  // forward: (x, w) → g; inputGrad: (g, w) → x; weightGrad: (x, g) → w.
  virtual void run(const void* a, const void* b, void* out) = 0;
};

// The extents of g from those of x and w; not positive if the kernel does not fit the image.
std::array<int64_t, 4> outputOf(const std::array<int64_t, 4>& x, const std::array<int64_t, 4>& w, int64_t stride,
                                int64_t pad);
// Whether the three shapes, stride and padding are those of one convolution.
bool extentsFit(const ConvolutionSpec& spec);
// Whether this build has oneDNN's own interface; without it, convolutions go through ATen.
bool hasDirectConvolutions();
// Throws std::runtime_error if the extents do not fit together or the processor lacks bfloat16 that the spec needs.
std::unique_ptr<Convolution> makeConvolution(const ConvolutionSpec& spec, int threads);

}  // namespace reweight
