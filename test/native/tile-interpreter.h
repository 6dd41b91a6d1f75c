// The meaning of a TileSpec: an interpreter in double, element by element, with a bound on float32's error.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "tile.h"

namespace reweight::test {

constexpr double kUnknown = std::numeric_limits<double>::infinity();  // an error without a known bound

// A number, with a bound on float32's distance from it.
struct Bounded {
  double value = 0;
  double error = 0;
};

inline bool isBinary(TileOp op) { return op <= TileOp::mul || op == TileOp::equal; }
// Whether an operation computes without rounding.
inline bool isExact(TileOp op) {
  return op == TileOp::neg || op == TileOp::relu || op == TileOp::step || op == TileOp::equal;
}

inline double applied(TileOp op, double a, double b) {
  switch (op) {
    case TileOp::add: return a + b;
    case TileOp::sub: return a - b;
    case TileOp::mul: return a * b;
    case TileOp::neg: return -a;
    case TileOp::relu: return a < 0 ? 0 : a;
    case TileOp::step: return a > 0;
    case TileOp::reciprocal: return 1 / a;
    case TileOp::sqrt: return std::sqrt(a);
    case TileOp::exp: return std::exp(a);
    case TileOp::log: return std::log(a);
    case TileOp::tanh: return std::tanh(a);
    case TileOp::sigmoid: return 1 / (1 + std::exp(-a));
    case TileOp::softplus: return a > 30 ? a : std::log1p(std::exp(a));
    case TileOp::equal: return a == b;
  }
  return 0;
}

// The error that operands propagate to the result.
inline double handedOn(TileOp op, Bounded a, Bounded b, double value) {
  switch (op) {
    case TileOp::add:
    case TileOp::sub: return a.error + b.error;
    case TileOp::mul: return std::fabs(a.value) * b.error + std::fabs(b.value) * a.error + a.error * b.error;
    // Jumps: all or nothing.
    case TileOp::step: return a.error > 0 && std::fabs(a.value) <= a.error ? 1 : 0;
    case TileOp::equal: return a.error + b.error > 0 && std::fabs(a.value - b.value) <= a.error + b.error ? 1 : 0;
    // Slopes of at most 1.
    case TileOp::neg:
    case TileOp::relu:
    case TileOp::tanh:
    case TileOp::sigmoid:
    case TileOp::softplus: return a.error;
    case TileOp::reciprocal:
      if (std::fabs(a.value) <= a.error) return kUnknown;
      [[fallthrough]];
    // Monotonic: the ends of the interval give the bound.
    case TileOp::sqrt:
    case TileOp::exp:
    case TileOp::log:
      return std::fmax(std::fabs(applied(op, a.value - a.error, 0) - value),
                       std::fabs(applied(op, a.value + a.error, 0) - value)) +
             (std::isnan(applied(op, a.value - a.error, 0)) ? kUnknown : 0);
  }
  return kUnknown;
}

// float32 rounds every result except small integers. A NaN is certain only if the operands are.
inline Bounded interpreted(TileOp op, Bounded a, Bounded b, bool integers) {
  const double value = applied(op, a.value, b.value);
  if (std::isnan(value)) return {value, a.error > 0 || b.error > 0 ? kUnknown : 0};
  if (std::fabs(value) > 1e38) return {value, kUnknown};
  double error = handedOn(op, a, b, value);
  const bool rounds = !isExact(op) && (!integers || std::fabs(value) > (1 << 24));
  if (rounds) error += std::fabs(value) * 3e-7 + 1e-37;
  return {value, std::isnan(error) ? kUnknown : error};
}

// All operands of a spec, at every element of its domain.
inline std::vector<std::vector<Bounded>> interpret(const TileSpec& spec, const std::vector<std::vector<float>>& memory,
                                                   bool integers) {
  const auto [N, M, C] = spec.extents;
  const size_t inputs = spec.loads.size() + spec.constants.size();
  std::vector<std::vector<Bounded>> values(inputs + spec.ops.size(), std::vector<Bounded>(N * M * C));
  size_t element = 0;
  for (int64_t n = 0; n < N; n++) {
    for (int64_t m = 0; m < M; m++) {
      for (int64_t c = 0; c < C; c++, element++) {
        auto result = values.begin();
        for (const auto& [slot, strides] : spec.loads) {
          (*result++)[element].value = memory[slot][n * strides[0] + m * strides[1] + c * strides[2]];
        }
        for (const float constant : spec.constants) (*result++)[element].value = constant;
        for (const auto& [op, a, b] : spec.ops) {
          const Bounded second = b < 0 ? Bounded{} : values[b][element];
          (*result++)[element] = interpreted(op, values[a][element], second, integers);
        }
      }
    }
  }
  return values;
}

// A sum of a spec, with the bound of its terms: one for each cell that is kept.
inline std::vector<Bounded> summed(const TileSpec& spec, const TileSpec::Sum& sum, const std::vector<Bounded>& terms) {
  const auto [N, M, C] = spec.extents;
  std::vector<Bounded> cells((sum.keepN ? N : 1) * (sum.keepC ? C : 1));
  size_t element = 0;
  for (int64_t n = 0; n < N; n++) {
    for (int64_t m = 0; m < M; m++) {
      for (int64_t c = 0; c < C; c++, element++) {
        Bounded& cell = cells[(sum.keepN ? n : 0) * (sum.keepC ? C : 1) + (sum.keepC ? c : 0)];
        cell.value += terms[element].value;
        cell.error += terms[element].error + 1e-6 * std::fabs(terms[element].value);
      }
    }
  }
  return cells;
}

}  // namespace reweight::test
