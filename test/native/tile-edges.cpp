// Edge cases of the fused path: rounding to bfloat16, long sums, empty domains, exchanges in place, invalid specs.
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "check.h"
#include "random.h"
#include "tile.h"

namespace reweight::test {
namespace {

using Floats = std::vector<float>;

std::string bfloat16(Effort) {
  Floats x;
  for (uint32_t i = 0; i < 70000; i++) {
    const uint32_t bits = 0x3F800000u + i * 7919u;  // covers signs, exponents and all lower halves
    x.emplace_back();
    std::memcpy(&x.back(), &bits, sizeof bits);
  }
  for (const float odd : {HUGE_VALF, -HUGE_VALF, std::numeric_limits<float>::quiet_NaN()}) x.push_back(odd);
  const int64_t n = static_cast<int64_t>(x.size());
  std::vector<uint16_t> y(n + 1, 7);
  void* memory[] = {x.data(), y.data()};
  TileKernel({{1, 1, n}, {{0, {n, n, 1}}}, {}, {}, {{1, 0, true}}, {}}, 2).run(memory);
  for (int64_t i = 0; i < n; i++) EXPECT(y[i] == toBfloat16(x[i]), x[i], " is rounded to ", fromBfloat16(y[i]));
  EXPECT(y[n] == 7, "written past the end");
  return "";
}

std::string longSums(Effort) {
  constexpr int64_t N = 128, M = 1024, C = 16;
  Floats x(N * M * C);
  std::vector<double> want(C);
  for (size_t i = 0; i < x.size(); i++) {
    x[i] = 1.0f + static_cast<float>(i * 2654435761u % 100000) / 1e5f;
    want[i % C] += x[i];
  }
  Floats got(C);
  void* memory[] = {x.data(), got.data()};
  const TileKernel kernel({{N, M, C}, {{0, {M * C, C, 1}}}, {}, {}, {}, {{1, 0, false, true}}}, 2);
  kernel.run(memory);
  double worst = 0;
  for (int64_t c = 0; c < C; c++) worst = std::fmax(worst, std::fabs(got[c] - want[c]) / want[c]);
  EXPECT(worst < 1e-6, "relative error ", worst);
  const Floats first = got;
  for (int run = 0; run < 20; run++) {
    kernel.run(memory);
    EXPECT(std::memcmp(got.data(), first.data(), C * sizeof(float)) == 0, "run ", run, " differs");
  }
  return text("relative errors up to ", worst, " over ", N * M, " terms");
}

// Sums over nothing are zero; stores of nothing write nothing.
std::string emptyDomains(Effort) {
  const auto after = [](const TileSpec& spec) {
    Floats y(4, 9.0f);
    void* memory[] = {y.data(), y.data(), y.data()};
    TileKernel(spec, 2).run(memory);
    return y;
  };
  const TileSpec::Load load{0, {0, 0, 1}};
  EXPECT((after({{0, 5, 3}, {load}, {}, {}, {{1, 0, false}}, {{2, 0, false, true}}}) == Floats{0, 0, 0, 9}));
  EXPECT((after({{4, 5, 0}, {load}, {}, {}, {{1, 0, false}}, {{2, 0, false, false}}}) == Floats{0, 9, 9, 9}));
  EXPECT((after({{4, 5, 0}, {load}, {}, {}, {}, {{2, 0, false, true}}}) == Floats{9, 9, 9, 9}));
  EXPECT((after({{4, 0, 2}, {load}, {}, {}, {}, {{2, 0, true, false}}}) == Floats{0, 0, 0, 0}));
  return "";
}

// Two arrays exchange their contents: each store overwrites what the other reads, in the same places.
std::string exchange(Effort) {
  Floats x(1000, 1), y(1000, 2);
  void* memory[] = {x.data(), y.data(), x.data(), y.data()};
  const std::array<int64_t, 3> strides{1000, 100, 1};
  TileKernel({{1, 10, 100}, {{0, strides}, {1, strides}}, {}, {}, {{2, 1, false}, {3, 0, false}}, {}}, 1).run(memory);
  EXPECT((x == Floats(1000, 2) && y == Floats(1000, 1)));
  return "";
}

struct Nonsense {
  const char* what;
  TileSpec spec;
  int threads = 1;
};

std::string refusals(Effort) {
  const TileSpec::Load load{0, {0, 0, 1}};
  const Nonsense table[] = {
      {"an operation on its own result", {{1, 1, 4}, {load}, {}, {{TileOp::add, 0, 1}}, {{1, 1, false}}, {}}},
      {"a unary operation with two operands", {{1, 1, 4}, {load}, {}, {{TileOp::relu, 0, 0}}, {{1, 1, false}}, {}}},
      {"an unknown operation", {{1, 1, 4}, {load}, {}, {{static_cast<TileOp>(99), 0, -1}}, {{1, 1, false}}, {}}},
      {"a store of an operand that is not there", {{1, 1, 4}, {load}, {}, {}, {{1, 1, false}}, {}}},
      {"a sum of an operand that is not there", {{1, 1, 4}, {load}, {}, {}, {}, {{1, -1, false, false}}}},
      {"a negative extent", {{1, -1, 4}, {}, {}, {}, {}, {}}},
      {"a negative slot", {{1, 1, 4}, {{-1, {0, 0, 1}}}, {}, {}, {}, {}}},
      {"no threads", {{1, 1, 4}, {load}, {}, {}, {{1, 0, false}}, {}}, 0},
  };
  for (const auto& [what, spec, threads] : table) {
    try {
      const TileKernel kernel(spec, threads);
    } catch (const std::invalid_argument&) {
      continue;
    }
    throw Failure(text(what, " is accepted"));
  }
  return "";
}

// Chains as long as the compiler's recursion allows on a worker's stack, and no longer.
std::string depth(Effort) {
  const auto chain = [](int length) {
    TileSpec spec{{1, 1, 3}, {{0, {0, 0, 1}}}, {1.0f}, {}, {}, {}};
    for (int i = 0; i < length; i++) spec.ops.push_back({TileOp::add, i == 0 ? 0 : i + 1, 1});
    spec.stores = {{1, length + 1, false}};
    return spec;
  };
  Floats x{1, 2, 3}, y(3);
  void* memory[] = {x.data(), y.data()};
  TileKernel(chain(16384), 1).run(memory);
  EXPECT((y == Floats{16385, 16386, 16387}));
  const auto message = thrownBy<std::invalid_argument>([&] { TileKernel(chain(16385), 1); });
  EXPECT(message.find("deeper than 16384") != std::string::npos, message);
  return "";
}

}  // namespace
}  // namespace reweight::test

int main(int argc, char** argv) {
  using namespace reweight::test;
  return runGroups(argc, argv,
                   {{"bfloat16 is rounded to even", bfloat16},
                    {"long sums, precise and repeatable", longSums},
                    {"empty domains", emptyDomains},
                    {"an exchange in place", exchange},
                    {"specs that make no sense are refused", refusals},
                    {"long chains of operations", depth}});
}
