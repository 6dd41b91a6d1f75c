#include "keep-mask.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace reweight {
namespace {

// Philox4x32-10: Salmon, Moraes, Dror & Shaw 2011, "Parallel Random Numbers: As Easy as 1, 2, 3".
constexpr uint32_t kFactors[2] = {0xd2511f53, 0xcd9e8d57}, kWeyl[2] = {0x9e3779b9, 0xbb67ae85};
constexpr int kRounds = 10;
constexpr int64_t kElements = 8;  // of a block

// 16 bits are kept from this number on.
int64_t thresholdOf(double rate) { return std::lround(65536 * rate); }
float scaleOf(int64_t threshold) { return static_cast<float>(65536.0 / (65536.0 - static_cast<double>(threshold))); }

// Blocks that are made at a time: a few vector registers for each word.
constexpr int kLanes = 32;
using Lanes = std::array<uint32_t, kLanes>;

struct Counters {
  Lanes words[4];
};

void encipher(Counters& c, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < kRounds; round++) {
#pragma omp simd
    for (int i = 0; i < kLanes; i++) {
      const uint64_t first = static_cast<uint64_t>(kFactors[0]) * c.words[0][i];
      const uint64_t third = static_cast<uint64_t>(kFactors[1]) * c.words[2][i];
      c.words[0][i] = static_cast<uint32_t>(third >> 32) ^ c.words[1][i] ^ key0;
      c.words[1][i] = static_cast<uint32_t>(third);
      c.words[2][i] = static_cast<uint32_t>(first >> 32) ^ c.words[3][i] ^ key1;
      c.words[3][i] = static_cast<uint32_t>(first);
    }
    key0 += kWeyl[0];
    key1 += kWeyl[1];
  }
}

// The elements of kLanes blocks.
void fill(const Counters& c, uint32_t threshold, float scale, float* to) {
  for (int word = 0; word < 4; word++) {
#pragma omp simd
    for (int i = 0; i < kLanes; i++) {
      const uint32_t bits = c.words[word][i];
      to[i * kElements + 2 * word] = (bits & 0xffff) >= threshold ? scale : 0.0f;
      to[i * kElements + 2 * word + 1] = (bits >> 16) >= threshold ? scale : 0.0f;
    }
  }
}

void fillOnCpu(at::Tensor& out, const at::Tensor& key, uint32_t threshold, float scale, uint32_t site) {
  const int32_t* words = key.data_ptr<int32_t>();
  const uint32_t k0 = words[0], k1 = words[1], second = words[2], last = words[3];
  float* const to = out.data_ptr<float>();
  const int64_t count = out.numel(), stride = kLanes * kElements, groups = (count + stride - 1) / stride;
#pragma omp parallel for schedule(static) if (groups > 16)
  for (int64_t group = 0; group < groups; group++) {
    Counters c;
    for (int i = 0; i < kLanes; i++) c.words[0][i] = static_cast<uint32_t>(group * kLanes + i);
    c.words[1].fill(second);
    c.words[2].fill(site);
    c.words[3].fill(last);
    encipher(c, k0, k1);
    const int64_t at = group * stride;
    if (at + stride <= count) {
      fill(c, threshold, scale, to + at);
    } else {
      float rest[kLanes * kElements];
      fill(c, threshold, scale, rest);
      std::copy(rest, rest + (count - at), to + at);
    }
  }
}

}  // namespace

void keepMaskByAten(at::Tensor& out, const at::Tensor& key, double rate, int64_t site) {
  constexpr int64_t mask = 0xffffffff;
  const int64_t blocks = (out.numel() + kElements - 1) / kElements;
  // 64-bit integers hold 32-bit words; of a product that overflows all bits are still right.
  const at::Tensor words = key.to(at::kLong).bitwise_and(mask);
  at::Tensor c0 = at::arange(blocks, words.options()), c1 = words[2].expand({blocks});
  at::Tensor c2 = at::full({blocks}, site, words.options()), c3 = words[3].expand({blocks});
  at::Tensor k0 = words[0], k1 = words[1];
  const auto high = [](const at::Tensor& product) { return product.bitwise_right_shift(32).bitwise_and(mask); };
  for (int round = 0; round < kRounds; round++) {
    const at::Tensor first = c0.mul(static_cast<int64_t>(kFactors[0]));
    const at::Tensor third = c2.mul(static_cast<int64_t>(kFactors[1]));
    c0 = high(third).bitwise_xor(c1).bitwise_xor(k0);
    c1 = third.bitwise_and(mask);
    c2 = high(first).bitwise_xor(c3).bitwise_xor(k1);
    c3 = first.bitwise_and(mask);
    k0 = k0.add(static_cast<int64_t>(kWeyl[0])).bitwise_and(mask);
    k1 = k1.add(static_cast<int64_t>(kWeyl[1])).bitwise_and(mask);
  }
  const at::Tensor all = at::stack({c0, c1, c2, c3}, 1);
  const at::Tensor halves = at::stack({all.bitwise_and(0xffff), all.bitwise_right_shift(16)}, 2).flatten();
  const int64_t threshold = thresholdOf(rate);
  const at::Tensor kept = halves.slice(0, 0, out.numel()).ge(threshold).to(at::kFloat).mul(scaleOf(threshold));
  out.copy_(kept.view(out.sizes()));
}

void keepMask(at::Tensor& out, const at::Tensor& key, double rate, int64_t site) {
  if (!out.is_cpu()) return keepMaskByAten(out, key, rate, site);
  const int64_t threshold = thresholdOf(rate);
  // Elements are counted in the order of rows, whatever their order in memory.
  at::Tensor rows = out.is_contiguous() ? out : at::empty(out.sizes(), out.options().memory_format(at::MemoryFormat::Contiguous));
  fillOnCpu(rows, key.contiguous(), static_cast<uint32_t>(threshold), scaleOf(threshold), static_cast<uint32_t>(site));
  if (!rows.is_same(out)) out.copy_(rows);
}

}  // namespace reweight
