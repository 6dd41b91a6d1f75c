// The three convolutions of ⟨conv(x, w), g⟩ as loops in double, and random operands for them.
#pragma once

#include <vector>

#include "check.h"
#include "convolution.h"
#include "random.h"

namespace reweight::test {

struct Shape {
  int64_t N, C, H, W;      // images
  int64_t O, KH, KW;       // kernels
  int64_t stride, pad;
};

inline ConvolutionSpec specOf(const Shape& s, ConvolutionForm form, bool accumulate, bool bfloat16) {
  const int64_t OH = (s.H + 2 * s.pad - s.KH) / s.stride + 1, OW = (s.W + 2 * s.pad - s.KW) / s.stride + 1;
  return {form,     {s.N, s.C, s.H, s.W}, {s.O, s.C, s.KH, s.KW}, {s.N, s.O, OH, OW},
          s.stride, s.pad,                accumulate,             bfloat16};
}

inline int64_t elements(const std::array<int64_t, 4>& extents) {
  return extents[0] * extents[1] * extents[2] * extents[3];
}

// An array. An image in bfloat16 has both types: `values` then holds the numbers of `halves`.
struct Operand {
  std::vector<float> values;
  std::vector<uint16_t> halves;

  Operand(Random& random, const std::array<int64_t, 4>& extents, bool bfloat16) : values(elements(extents)) {
    for (float& value : values) {
      value = random.real();
      if (!bfloat16) continue;
      halves.push_back(toBfloat16(value));
      value = fromBfloat16(halves.back());
    }
  }
  const void* memory() const { return halves.empty() ? static_cast<const void*>(values.data()) : halves.data(); }
};

struct Operands {
  Operand x, w, g;

  Operands(const ConvolutionSpec& spec, Random& random)
      : x(random, spec.x, spec.bfloat16), w(random, spec.w, false), g(random, spec.g, spec.bfloat16) {}

  const void* first(ConvolutionForm form) const { return (form == ConvolutionForm::inputGrad ? g : x).memory(); }
  const void* second(ConvolutionForm form) const { return (form == ConvolutionForm::weightGrad ? g : w).memory(); }
};

// Memory is channels-last: x [N, H, W, C], w [O, KH, KW, C], g [N, OH, OW, O].
inline std::vector<double> naive(const ConvolutionSpec& spec, const Operands& operands) {
  const auto [N, C, H, W] = spec.x;
  const auto [O, C2, KH, KW] = spec.w;
  const auto [N2, O2, OH, OW] = spec.g;
  const float *const x = operands.x.values.data(), *const w = operands.w.values.data(),
                     *const g = operands.g.values.data();
  const auto& extents = spec.form == ConvolutionForm::forward     ? spec.g
                        : spec.form == ConvolutionForm::inputGrad ? spec.x
                                                                  : spec.w;
  std::vector<double> result(elements(extents));
  for (int64_t n = 0; n < N; n++)
    for (int64_t oh = 0; oh < OH; oh++)
      for (int64_t ow = 0; ow < OW; ow++)
        for (int64_t kh = 0; kh < KH; kh++)
          for (int64_t kw = 0; kw < KW; kw++) {
            const int64_t row = oh * spec.stride + kh - spec.pad, column = ow * spec.stride + kw - spec.pad;
            if (row < 0 || row >= H || column < 0 || column >= W) continue;
            const int64_t pixel = ((n * H + row) * W + column) * C;
            for (int64_t o = 0; o < O; o++) {
              const int64_t kernel = ((o * KH + kh) * KW + kw) * C, at = ((n * OH + oh) * OW + ow) * O + o;
              for (int64_t c = 0; c < C; c++) {
                switch (spec.form) {
                  case ConvolutionForm::forward: result[at] += double{x[pixel + c]} * w[kernel + c]; break;
                  case ConvolutionForm::inputGrad: result[pixel + c] += double{g[at]} * w[kernel + c]; break;
                  case ConvolutionForm::weightGrad: result[kernel + c] += double{x[pixel + c]} * g[at]; break;
                }
              }
            }
          }
  return result;
}

}  // namespace reweight::test
