// Random numbers for tests, the same at every run.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

namespace reweight::test {

class Random {
 public:
  explicit Random(uint64_t seed) : bits_(seed) {}

  // From `low` to `high`, both included.
  int64_t integer(int64_t low, int64_t high) { return low + static_cast<int64_t>(bits_() % (high - low + 1)); }
  bool oneIn(int64_t n) { return integer(1, n) == 1; }
  // From -1 to 1.
  float real() { return static_cast<float>(integer(-1000000, 1000000)) / 1e6f; }
  template <typename T, size_t N>
  T oneOf(const T (&list)[N]) {
    return list[integer(0, N - 1)];
  }

 private:
  std::mt19937_64 bits_;
};

// bfloat16: the upper half of a float's bits, rounded to nearest, ties to even.
inline uint16_t toBfloat16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) return static_cast<uint16_t>(bits >> 16 | 0x40);  // a NaN stays a NaN
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

inline float fromBfloat16(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace reweight::test
