// Random groups on the fused path against the interpreter of tile-interpreter.h, on one to three threads.
#include <algorithm>
#include <cstring>

#include "check.h"
#include "random.h"
#include "tile-interpreter.h"
#include "tile-random-spec.h"
#include "tile.h"

namespace reweight::test {
namespace {

constexpr float kUntouched = 777.0f;

// Memory of a spec's slots. Arrays that are written end in a guard, which must stay unchanged.
struct Memory {
  explicit Memory(const RandomSpec& random) : arrays(random.inputs) {
    const auto [N, M, C] = random.spec.extents;
    for (auto& array : arrays) slots.push_back(array.data());
    const size_t written = random.spec.stores.size() + random.spec.sums.size();
    arrays.reserve(arrays.size() + written);  // slots point into them
    for (size_t i = 0; i < random.spec.stores.size(); i++) {
      const size_t length = random.spec.stores[i].bfloat16 ? (N * M * C + 1) / 2 : N * M * C;
      add(length, random.overwrites[i]);
    }
    for (const auto& sum : random.spec.sums) add((sum.keepN ? N : 1) * (sum.keepC ? C : 1), -1);
  }

  // Adds a slot: a new array filled with kUntouched, or the array of slot `over`.
  void add(size_t length, int32_t over) {
    arrays.emplace_back(length + 1, kUntouched);
    slots.push_back(over >= 0 ? arrays[over].data() : arrays.back().data());
  }

  bool hasGuards(size_t inputs) const {
    return std::all_of(arrays.begin() + inputs, arrays.end(), [](auto& array) { return array.back() == kUntouched; });
  }

  std::vector<std::vector<float>> arrays;
  std::vector<void*> slots;
};

bool within(float got, Bounded want) {
  if (want.error == kUnknown) return true;
  if (std::isnan(want.value)) return std::isnan(got);
  return std::fabs(got - want.value) <= want.error || static_cast<float>(want.value) == got;
}

// bfloat16 rounds once more; a number that is exact before is rounded exactly.
Bounded roundedTo(bool bfloat16, Bounded want) {
  if (!bfloat16) return want;
  if (want.error == 0) return {fromBfloat16(toBfloat16(static_cast<float>(want.value))), 0};
  return {want.value, want.error + std::fabs(want.value) / 128};
}

float stored(const TileSpec::Store& store, const Memory& memory, size_t element) {
  const void* array = memory.slots[store.slot];
  return store.bfloat16 ? fromBfloat16(static_cast<const uint16_t*>(array)[element])
                        : static_cast<const float*>(array)[element];
}

void compare(const RandomSpec& random, const std::vector<std::vector<Bounded>>& values, const Memory& memory) {
  for (const auto& store : random.spec.stores) {
    const auto& wanted = values[store.operand];
    for (size_t i = 0; i < wanted.size(); i++) {
      const Bounded want = roundedTo(store.bfloat16, wanted[i]);
      const float got = stored(store, memory, i);
      EXPECT(within(got, want), "store ", store.slot, "[", i, "] is ", got, ", not ", want.value, " ± ", want.error);
    }
  }
  for (const auto& sum : random.spec.sums) {
    const auto wanted = summed(random.spec, sum, values[sum.operand]);
    for (size_t i = 0; i < wanted.size(); i++) {
      if (!(wanted[i].error < 1e37)) continue;
      const float got = static_cast<const float*>(memory.slots[sum.slot])[i];
      EXPECT(within(got, wanted[i]), "sum ", sum.slot, "[", i, "] is ", got, ", not ", wanted[i].value, " ± ",
            wanted[i].error);
    }
  }
}

void checkOne(const RandomSpec& random, bool integers) {
  const auto values = interpret(random.spec, random.inputs, integers);
  for (int threads = 1; threads <= 3; threads++) {
    const TileKernel kernel(random.spec, threads);
    Memory memory(random);
    kernel.run(memory.slots.data());
    compare(random, values, memory);
    EXPECT(memory.hasGuards(random.inputs.size()), "an array's end was overwritten on ", threads, " threads");
    // A second run from the same inputs must give the same bits.
    Memory again(random);
    kernel.run(again.slots.data());
    for (size_t i = 0; i < memory.arrays.size(); i++) {
      const size_t bytes = memory.arrays[i].size() * sizeof(float);
      EXPECT(std::memcmp(memory.arrays[i].data(), again.arrays[i].data(), bytes) == 0, "slot ", i, " differs on ",
            threads, " threads");
    }
  }
}

std::string check(int count, bool integers) {
  SpecMaker maker(integers ? 1 : 2, integers);
  int inPlace = 0;
  for (int i = 0; i < count; i++) {
    const RandomSpec random = maker.make();
    inPlace += random.worksInPlace();
    try {
      checkOne(random, integers);
    } catch (const std::exception& error) {
      throw Failure(text("spec ", i, ": ", error.what(), described(random)));
    }
  }
  return text(count, " specs, ", inPlace, " of them in place");
}

}  // namespace
}  // namespace reweight::test

int main(int argc, char** argv) {
  using namespace reweight::test;
  return runGroups(argc, argv,
                   {{"groups on integers, exactly", [](Effort effort) { return check(effort.cases(500), true); }},
                    {"groups on real numbers", [](Effort effort) { return check(effort.cases(500), false); }}});
}
