// A random TileSpec with memory for it: every kind of domain, stride, operation, store and sum.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "check.h"
#include "random.h"
#include "tile.h"

namespace reweight::test {

struct RandomSpec {
  TileSpec spec;
  // The loads' arrays, by slot; stores and sums have the slots after them.
  std::vector<std::vector<float>> inputs;
  // For each store, the slot of a load that it overwrites in place, or -1.
  std::vector<int32_t> overwrites;

  bool worksInPlace() const {
    return std::any_of(overwrites.begin(), overwrites.end(), [](int32_t slot) { return slot >= 0; });
  }
};

// With `integers`, inputs and constants are small integers, and only operations with integer results are drawn.
class SpecMaker {
 public:
  SpecMaker(uint64_t seed, bool integers) : random_(seed), integers_(integers) {}

  RandomSpec make() {
    made_ = {};
    made_.spec.extents = extents();
    const int64_t loads = random_.integer(0, 5);
    for (int64_t i = 0; i < loads; i++) addLoad();
    for (int64_t i = random_.integer(loads == 0, 2); i > 0; i--) made_.spec.constants.push_back(number());
    operands_ = loads + static_cast<int64_t>(made_.spec.constants.size());
    for (int64_t i = random_.integer(0, 14); i > 0; i--) addOp();
    const int64_t stores = random_.integer(0, 2), sums = random_.integer(stores == 0, 3);
    int32_t slot = static_cast<int32_t>(made_.inputs.size());
    for (int64_t i = 0; i < stores; i++) addStore(slot++);
    for (int64_t i = 0; i < sums; i++) {
      made_.spec.sums.push_back({slot++, lateOperand(), random_.oneIn(3), random_.oneIn(2)});
    }
    return std::move(made_);
  }

 private:
  float number() { return integers_ ? static_cast<float>(random_.integer(-2, 2)) : random_.real(); }
  int32_t lateOperand() { return operand(std::max<int64_t>(0, operands_ - 5)); }
  int32_t operand(int64_t first) { return static_cast<int32_t>(random_.integer(first, operands_ - 1)); }

  std::array<int64_t, 3> extents() {
    static const int64_t columns[] = {1, 3, 10, 16, 17, 32, 64, 128, 256, 640, 1000, 5000};
    const int64_t kind = random_.integer(0, 5);
    if (kind == 0) return {1, 1, random_.integer(1, 9000)};
    if (kind == 1) return {random_.integer(1, 3), random_.integer(1, 3), random_.integer(1, 40000)};
    const int64_t C = random_.oneOf(columns);
    const int64_t M = random_.oneIn(4) ? 1 : random_.integer(1, C <= 64 ? 160 : 40);
    return {random_.oneIn(4) ? 1 : random_.integer(1, 12), M, C};
  }

  std::array<int64_t, 3> strides() {
    const auto [N, M, C] = made_.spec.extents;
    switch (random_.integer(0, 9)) {
      case 0: return {0, 0, 1};  // for each channel
      case 1: return {0, 0, 0};  // a single number
      case 2: return {1, 0, 0};  // for each example
      case 3: return {C, 0, 1};  // for each example and channel
      case 4: return {M, 1, 0};  // for each pixel
      case 5: return {random_.integer(0, 2), random_.integer(0, 2), random_.integer(0, 3)};
      case 6: return {0, C, 1};  // repeated for each example
      default: return {M * C, C, 1};
    }
  }

  void addLoad() {
    const auto [N, M, C] = made_.spec.extents;
    const auto steps = strides();
    made_.spec.loads.push_back({static_cast<int32_t>(made_.inputs.size()), steps});
    std::vector<float> array((N - 1) * steps[0] + (M - 1) * steps[1] + (C - 1) * steps[2] + 1);
    for (float& value : array) value = number();
    made_.inputs.push_back(std::move(array));
  }

  TileOp op() {
    static const TileOp common[] = {TileOp::add, TileOp::sub, TileOp::mul};
    static const TileOp functions[] = {TileOp::reciprocal, TileOp::sqrt, TileOp::exp,     TileOp::log,
                                       TileOp::tanh,       TileOp::sigmoid, TileOp::softplus};
    const int64_t draw = random_.integer(0, 19);
    if (draw < 12) return random_.oneOf(common);
    if (draw < 14) return TileOp::step;
    if (draw < 16) return TileOp::relu;
    if (draw == 16) return TileOp::neg;
    if (draw == 17) return TileOp::equal;
    return integers_ ? TileOp::add : random_.oneOf(functions);
  }

  // Operands are mostly recent values, as in graphs.
  void addOp() {
    const TileOp drawn = op();
    const bool binary = drawn <= TileOp::mul || drawn == TileOp::equal;
    const int64_t first = random_.oneIn(3) ? 0 : std::max<int64_t>(0, operands_ - 4);
    made_.spec.ops.push_back({drawn, operand(first), binary ? operand(first) : -1});
    operands_++;
  }

  void addStore(int32_t slot) {
    const bool bfloat16 = random_.oneIn(5);
    made_.overwrites.push_back(!bfloat16 && random_.oneIn(2) ? overwritable() : -1);
    made_.spec.stores.push_back({slot, lateOperand(), bfloat16});
  }

  // A load of the whole domain that no store overwrites yet.
  int32_t overwritable() const {
    const auto [N, M, C] = made_.spec.extents;
    for (const auto& [slot, strides] : made_.spec.loads) {
      const bool taken = std::count(made_.overwrites.begin(), made_.overwrites.end(), slot) > 0;
      if (!taken && strides == std::array<int64_t, 3>{M * C, C, 1}) return slot;
    }
    return -1;
  }

  Random random_;
  bool integers_;
  RandomSpec made_;
  int64_t operands_ = 0;
};

// A description of a spec, for a failure's message.
inline std::string described(const RandomSpec& random) {
  const TileSpec& spec = random.spec;
  std::string all = text("\n  extents ", spec.extents[0], " ", spec.extents[1], " ", spec.extents[2]);
  for (const auto& [slot, s] : spec.loads) all += text("\n  load ", slot, " strides ", s[0], " ", s[1], " ", s[2]);
  for (const float constant : spec.constants) all += text("\n  constant ", constant);
  for (const auto& [op, a, b] : spec.ops) all += text("\n  op ", static_cast<int>(op), " of ", a, " ", b);
  for (size_t i = 0; i < spec.stores.size(); i++) {
    const auto& [slot, operand, bfloat16] = spec.stores[i];
    all += text("\n  store ", slot, " operand ", operand, bfloat16 ? " bfloat16" : "", " over ", random.overwrites[i]);
  }
  for (const auto& [slot, operand, n, c] : spec.sums) {
    all += text("\n  sum ", slot, " operand ", operand, n ? " keeps N" : "", c ? " keeps C" : "");
  }
  return all;
}

}  // namespace reweight::test
