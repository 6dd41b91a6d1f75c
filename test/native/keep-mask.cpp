// Dropout masks: the known answers of Random123, and our code against ATen's operations.
#include "keep-mask.h"

#include "check.h"
#include "random.h"

namespace reweight::test {
namespace {

at::Tensor maskOf(const at::Tensor& key, double rate, int64_t site, const std::vector<int64_t>& shape, bool byAten) {
  at::Tensor out = at::full(shape, -1, at::kFloat);
  (byAten ? keepMaskByAten : keepMask)(out, key, rate, site);
  return out;
}

// kat_vectors of Random123: the block of a zero counter under a zero key.
std::string knownAnswers(Effort) {
  const uint32_t halves[] = {0xe8d5, 0x6627, 0xc58d, 0xe169, 0xac4c, 0xbc57, 0xdbd8, 0x9b00};
  const at::Tensor key = at::zeros({4}, at::kInt);
  for (const uint32_t half : halves) {
    for (const uint32_t threshold : {half, half + 1}) {
      for (const bool byAten : {false, true}) {
        const at::Tensor mask = maskOf(key, threshold / 65536.0, 0, {8}, byAten);
        const float scale = static_cast<float>(65536.0 / (65536.0 - threshold));
        for (int i = 0; i < 8; i++) {
          const float want = halves[i] >= threshold ? scale : 0.0f;
          EXPECT(mask[i].item<float>() == want, "element ", i, " at ", threshold, " by ATen ", byAten);
        }
      }
    }
  }
  return "";
}

std::string bothWays(Effort effort) {
  Random random(5);
  const int cases = effort.cases(40);
  for (int i = 0; i < cases; i++) {
    const at::Tensor key = at::empty({4}, at::kInt);
    for (int word = 0; word < 4; word++) key[word] = static_cast<int32_t>(random.integer(INT32_MIN, INT32_MAX));
    const double rate = static_cast<double>(random.integer(0, 99)) / 100;
    const int64_t site = random.integer(0, UINT32_MAX);
    const std::vector<int64_t> shape = {random.integer(1, 40), random.integer(1, 300)};
    EXPECT(at::equal(maskOf(key, rate, site, shape, false), maskOf(key, rate, site, shape, true)), "rate ", rate);
  }
  return text(cases, " cases");
}

// Elements are counted by rows in channels-last memory too.
std::string channelsLast(Effort) {
  const at::Tensor key = at::arange(4, at::kInt);
  at::Tensor images = at::empty({2, 3, 4, 5}, at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
  keepMask(images, key, 0.3, 7);
  EXPECT(at::equal(images.contiguous().view({120}), maskOf(key, 0.3, 7, {120}, false)));
  return "";
}

}  // namespace
}  // namespace reweight::test

int main(int argc, char** argv) {
  using namespace reweight::test;
  return runGroups(argc, argv,
                   {{"known answers", knownAnswers}, {"our code and ATen's", bothWays}, {"channels last", channelsLast}});
}
