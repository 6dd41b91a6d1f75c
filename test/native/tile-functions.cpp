// The fused path's own functions: their error against double, and their results for infinities and NaN.
#include <cmath>
#include <limits>

#include "check.h"
#include "tile-interpreter.h"
#include "tile.h"

namespace reweight::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

const char* nameOf(TileOp op) {
  static const char* const names[] = {"add",  "sub", "mul", "neg",  "relu",    "step",     "reciprocal",
                                      "sqrt", "exp", "log", "tanh", "sigmoid", "softplus", "equal"};
  return names[static_cast<int>(op)];
}

std::vector<float> computed(TileOp op, std::vector<float> x) {
  const int64_t n = static_cast<int64_t>(x.size());
  std::vector<float> y(n);
  void* memory[] = {x.data(), y.data()};
  TileKernel({{1, 1, n}, {{0, {n, n, 1}}}, {}, {{op, 0, -1}}, {{1, 1, false}}, {}}, 1).run(memory);
  return y;
}

// Points evenly spaced from one end of a range to the other.
struct Range {
  TileOp op;
  float low, high;
};

// Subnormal results count as zero, so they are not tested.
double worstRelativeError(const Range& range) {
  constexpr int kPoints = 100000;
  std::vector<float> x;
  for (int i = 0; i <= kPoints; i++) x.push_back(range.low + (range.high - range.low) * (i / float{kPoints}));
  const std::vector<float> y = computed(range.op, x);
  double worst = 0;
  for (size_t i = 0; i < x.size(); i++) {
    const double want = applied(range.op, x[i], 0);
    if (std::fabs(want) < std::numeric_limits<float>::min()) continue;
    const double error = std::fabs(y[i] - want) / std::fabs(want);
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

std::string accuracy(Effort) {
  static const Range ranges[] = {
      {TileOp::exp, -87, 88.5f},   {TileOp::log, 1e-30f, 10},   {TileOp::log, 0.5f, 2},  {TileOp::log, 1, 3e38f},
      {TileOp::tanh, -10, 10},     {TileOp::tanh, -0.7f, 0.7f}, {TileOp::sqrt, 0, 100},  {TileOp::sigmoid, -80, 80},
      {TileOp::softplus, -80, 80}, {TileOp::reciprocal, 0.1f, 100}};
  double worst = 0;
  for (const Range& range : ranges) {
    const double error = worstRelativeError(range);
    EXPECT(error < 4e-7, nameOf(range.op), " from ", range.low, " to ", range.high, ": relative error ", error);
    worst = std::fmax(worst, error);
  }
  return text("relative errors up to ", worst);
}

struct Special {
  TileOp op;
  std::vector<float> x, y;
};

std::string specialValues(Effort) {
  const float inf = kInfinity, nan = kNan;
  const Special table[] = {
      {TileOp::exp, {-inf, -200, 0, 89, 200, inf, nan}, {0, 0, 1, inf, inf, inf, nan}},
      {TileOp::log, {-inf, -1, 0, -0.0f, 1, inf, nan, 3.4e38f}, {nan, nan, -inf, -inf, 0, inf, nan, std::log(3.4e38f)}},
      {TileOp::tanh, {-inf, -100, 0, 100, inf, nan}, {-1, -1, 0, 1, 1, nan}},
      {TileOp::sigmoid, {-inf, -200, 0, 200, inf, nan}, {0, 0, 0.5f, 1, 1, nan}},
      {TileOp::softplus, {-inf, -200, 200, 1e30f, inf, nan}, {0, 0, 200, 1e30f, inf, nan}},
      {TileOp::relu, {-inf, -1, 0, 2, inf, nan}, {0, 0, 0, 2, inf, nan}},
      {TileOp::step, {-inf, -1, 0, 2, inf, nan}, {0, 0, 0, 1, 1, 0}},
      {TileOp::sqrt, {-1, 0, 4, inf, nan}, {nan, 0, 2, inf, nan}},
      {TileOp::reciprocal, {-inf, 0, 4, inf, nan}, {0, inf, 0.25f, 0, nan}},
  };
  for (const auto& [op, x, want] : table) {
    const std::vector<float> got = computed(op, x);
    for (size_t i = 0; i < x.size(); i++) {
      const bool same = std::isnan(want[i]) ? std::isnan(got[i]) : got[i] == want[i];
      EXPECT(same, nameOf(op), " of ", x[i], " is ", got[i], ", not ", want[i]);
    }
  }
  return "";
}

// A NaN or an infinity in one element must not reach its neighbours.
std::string staysInPlace(Effort) {
  for (int op = static_cast<int>(TileOp::neg); op <= static_cast<int>(TileOp::softplus); op++) {
    const std::vector<float> clean(1000, 0.5f);
    const std::vector<float> want = computed(static_cast<TileOp>(op), clean);
    for (const float odd : {kNan, kInfinity, -kInfinity}) {
      std::vector<float> x = clean;
      x[333] = odd;
      const std::vector<float> got = computed(static_cast<TileOp>(op), x);
      for (size_t i = 0; i < x.size(); i++) {
        EXPECT(i == 333 || got[i] == want[i], nameOf(static_cast<TileOp>(op)), ": ", odd, " at 333 changes ", i);
      }
    }
  }
  return "";
}

}  // namespace
}  // namespace reweight::test

int main(int argc, char** argv) {
  using namespace reweight::test;
  return runGroups(argc, argv,
                   {{"functions against double", accuracy},
                    {"infinities, NaN and zeros", specialValues},
                    {"odd values stay where they are", staysInPlace}});
}
