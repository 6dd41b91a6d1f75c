// Every form of convolution, by every method, against the loops of convolution-naive.h.
#include "convolution.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "check.h"
#include "convolution-methods.h"
#include "convolution-naive.h"
#include "device.h"

namespace reweight::test {
namespace {

constexpr int64_t kNetBatch = -1;  // as many examples as the effort allows

const Shape kShapes[] = {
    // Odd extents, even kernels, padding wider than half a kernel, images as small as the kernel.
    {2, 3, 32, 32, 16, 3, 3, 1, 1},
    {1, 16, 9, 7, 32, 1, 1, 1, 0},
    {3, 16, 8, 8, 32, 1, 1, 2, 0},
    {2, 16, 17, 15, 32, 3, 3, 2, 1},
    {2, 10, 11, 13, 10, 5, 5, 1, 2},
    {1, 10, 11, 13, 7, 5, 5, 2, 2},
    {2, 6, 9, 8, 5, 2, 4, 1, 1},
    {1, 5, 6, 7, 4, 3, 3, 1, 3},
    {2, 16, 10, 9, 16, 3, 1, 1, 0},
    {1, 64, 1, 1, 10, 1, 1, 1, 0},
    {1, 16, 3, 3, 16, 3, 3, 1, 1},
    {1, 32, 1, 1, 32, 3, 3, 1, 1},
    // Where Winograd's method is possible: tiles whole and cut, all paddings, channels in many multiples of 16.
    {1, 32, 8, 8, 32, 3, 3, 1, 1},
    {2, 32, 9, 7, 48, 3, 3, 1, 1},
    {3, 64, 8, 8, 32, 3, 3, 1, 0},
    {2, 32, 5, 6, 64, 3, 3, 1, 2},
    {2, 48, 13, 12, 80, 3, 3, 1, 1},
    {5, 96, 6, 6, 112, 3, 3, 1, 1},
    {3, 16, 7, 10, 16, 3, 3, 1, 1},
    // The convolutions of ResNet-32.
    {kNetBatch, 3, 32, 32, 16, 3, 3, 1, 1},
    {kNetBatch, 16, 32, 32, 16, 3, 3, 1, 1},
    {kNetBatch, 16, 32, 32, 32, 3, 3, 2, 1},
    {kNetBatch, 16, 32, 32, 32, 1, 1, 2, 0},
    {kNetBatch, 32, 16, 16, 32, 3, 3, 1, 1},
    {kNetBatch, 32, 16, 16, 64, 3, 3, 2, 1},
    {kNetBatch, 64, 8, 8, 64, 3, 3, 1, 1},
};

using Maker = std::unique_ptr<Convolution> (*)(const ConvolutionSpec&, int threads);

// The chosen method, and the library's where ours may be chosen.
const Maker kMakers[] = {
    makeConvolution,
#ifdef REWEIGHT_ONEDNN
    makeOnednnConvolution,
#else
    makeAtenConvolution,
#endif
};

// An array with a guard behind it. Without accumulation it holds NaN, so that a read would show.
std::vector<float> startOf(const std::vector<double>& sums, bool accumulate) {
  std::vector<float> start(sums.size() + 1, std::numeric_limits<float>::quiet_NaN());
  for (size_t i = 0; accumulate && i < sums.size(); i++) start[i] = static_cast<float>(i % 7) - 3.0f;
  start.back() = 777.0f;
  return start;
}

// The largest error, relative to the largest result.
double errorOf(const std::vector<float>& got, const std::vector<float>& start, const std::vector<double>& sums,
               bool accumulate) {
  double worst = 0, largest = 0;
  for (size_t i = 0; i < sums.size(); i++) {
    const double want = sums[i] + (accumulate ? start[i] : 0);
    const double error = std::fabs(got[i] - want);
    if (!(error <= worst)) worst = error;  // NaN too
    if (std::isnan(worst)) return worst;
    largest = std::fmax(largest, std::fabs(want));
  }
  return worst / largest;
}

double checkOne(Convolution& convolution, const ConvolutionSpec& spec, const Operands& operands,
                const std::vector<double>& sums) {
  const void *const a = operands.first(spec.form), *const b = operands.second(spec.form);
  const std::vector<float> start = startOf(sums, spec.accumulate);
  std::vector<float> out = start;
  convolution.run(a, b, out.data());
  const double error = errorOf(out, start, sums, spec.accumulate);
  EXPECT(error <= (spec.bfloat16 ? 2e-2 : 2e-5), "relative error ", error);
  EXPECT(out.back() == start.back(), "something was written past the result's end");
  for (int run = 0; run < 2; run++) {
    std::vector<float> again = start;
    convolution.run(a, b, again.data());
    EXPECT(std::memcmp(again.data(), out.data(), out.size() * sizeof(float)) == 0, "results differ from run to run");
  }
  return error;
}

std::string check(Effort effort, ConvolutionForm form, bool bfloat16) {
  if (bfloat16 && !hasBfloat16()) return "left out: this processor has no bfloat16";
  double worst = 0;
  int count = 0;
  Random random(7);
  for (Shape shape : kShapes) {
    if (shape.N == kNetBatch) shape.N = std::min(effort.cases(4), 128);
    const Operands operands(specOf(shape, form, false, bfloat16), random);
    const std::vector<double> sums = naive(specOf(shape, form, false, bfloat16), operands);
    for (const bool accumulate : {false, true}) {
      if (accumulate && form == ConvolutionForm::weightGrad) continue;
      const ConvolutionSpec spec = specOf(shape, form, accumulate, bfloat16);
      for (size_t maker = 0; maker < std::size(kMakers); maker++) {
        for (int threads = 1; threads <= 2; threads++, count++) {
          try {
            worst = std::fmax(worst, checkOne(*kMakers[maker](spec, threads), spec, operands, sums));
          } catch (const std::exception& error) {
            throw Failure(text("N", shape.N, " C", shape.C, " H", shape.H, " W", shape.W, " O", shape.O, " K", shape.KH,
                               "x", shape.KW, " stride ", shape.stride, " pad ", shape.pad, " accumulate ", accumulate,
                               " threads ", threads, maker == 0 ? " as chosen: " : " by the library: ", error.what()));
          }
        }
      }
    }
  }
  return text(count, " convolutions, relative errors up to ", worst);
}

std::string refusals(Effort) {
  const auto refusal = [](const ConvolutionSpec& spec) {
    return thrownBy<std::runtime_error>([&] { makeConvolution(spec, 1); });
  };
  ConvolutionSpec wide = specOf({1, 3, 8, 8, 4, 3, 3, 1, 1}, ConvolutionForm::forward, false, false);
  wide.g[2] = 9;
  const std::string misfit = refusal(wide);
  EXPECT(misfit == "convolution forward x [1, 3, 8, 8] w [4, 3, 3, 3] g [1, 4, 9, 8] stride 1 pad 1: "
                   "extents do not belong together", misfit);
  const std::string sum = refusal(specOf({1, 3, 8, 8, 4, 3, 3, 1, 1}, ConvolutionForm::weightGrad, true, false));
  EXPECT(sum.find("accumulating: weightGrad cannot accumulate") != std::string::npos, sum);
  return "";
}

}  // namespace
}  // namespace reweight::test

int main(int argc, char** argv) {
  using namespace reweight::test;
  using reweight::ConvolutionForm;
  const auto form = [](ConvolutionForm which, bool bfloat16) {
    return [=](Effort effort) { return check(effort, which, bfloat16); };
  };
  return runGroups(argc, argv,
                   {{"forward", form(ConvolutionForm::forward, false)},
                    {"inputGrad", form(ConvolutionForm::inputGrad, false)},
                    {"weightGrad", form(ConvolutionForm::weightGrad, false)},
                    {"forward in bfloat16", form(ConvolutionForm::forward, true)},
                    {"inputGrad in bfloat16", form(ConvolutionForm::inputGrad, true)},
                    {"weightGrad in bfloat16", form(ConvolutionForm::weightGrad, true)},
                    {"specs that make no sense are refused", refusals}});
}
