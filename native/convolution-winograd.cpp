// 3x3 convolutions by Winograd's method on channels-last memory.
//
// Images are cut into tiles of 4x4 results. A thread processes a block of tiles, small enough for the L2 cache, in
// three steps: transform the tiles' pixels, multiply them by the kernels at each of the 36 points, transform back.
#include <omp.h>

#include <algorithm>
#include <vector>

#include "convolution-methods.h"
#include "convolution-winograd-multiply.h"

namespace reweight {
namespace {

using namespace winograd;

constexpr int kPoints = 36;
constexpr int64_t kTile = 4;       // results per tile and axis
constexpr int64_t kChannels = 16;  // channels, and tiles in a block, are multiples of this
constexpr int64_t kLine = 16;      // floats in a cache line

int64_t roundUp(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

// An image [N, H, W, C].
struct Image {
  int64_t height, width, channels;

  int64_t line() const { return width * channels; }
  int64_t at(int64_t n, int64_t row, int64_t column) const { return ((n * height + row) * width + column) * channels; }
  bool holds(int64_t top, int64_t left, int64_t size) const {
    return top >= 0 && left >= 0 && top + size <= height && left + size <= width;
  }
};

class WinogradConvolution final : public Convolution {
 public:
  WinogradConvolution(const ConvolutionSpec& spec, int threads) : spec_(spec), threads_(threads) {
    const bool flips = spec.form == ConvolutionForm::inputGrad;
    const auto& [from, to] = flips ? std::tie(spec.g, spec.x) : std::tie(spec.x, spec.g);
    from_ = {from[2], from[3], from[1]};
    to_ = {to[2], to[3], to[1]};
    pad_ = flips ? 2 - spec.pad : spec.pad;
    down_ = roundUp(to_.height, kTile) / kTile;
    across_ = roundUp(to_.width, kTile) / kTile;
    tiles_ = from[0] * down_ * across_;
    const int64_t perTile = kPoints * (from_.channels + to_.channels) * sizeof(float);
    block_ = std::clamp<int64_t>(kBlockBytes / perTile / kChannels * kChannels, kChannels, 3 * kChannels);
    // One line more than a point's tiles take: with a power of two, all points would map to few sets of the L1 cache.
    fromStride_ = block_ * from_.channels + kLine;
    toStride_ = block_ * to_.channels + kLine;
    kernelSize_ = kPoints * from_.channels * to_.channels;
    threadSize_ = kPoints * (fromStride_ + toStride_);
    zeros_.assign(std::max(from_.channels, to_.channels), 0.0f);
    convolutionScratch(scratchBytes());
  }

  void run(const void* a, const void* b, void* out) override {
    const float* first = static_cast<const float*>(a);
    const float* second = static_cast<const float*>(b);
    float* result = static_cast<float*>(out);
    float* scratch = reinterpret_cast<float*>(convolutionScratch(scratchBytes()));
    if (spec_.form == ConvolutionForm::weightGrad) {
      runWeightGrad(first, second, result, scratch);
    } else {
      runImage(first, second, result, scratch);
    }
  }

 private:
  // Bytes for a block's tiles before and after: together with the kernels' points they fit the L2 cache.
  static constexpr int64_t kBlockBytes = 512 << 10;

  // Scratch holds the kernels' points (for weightGrad one sum per thread), then each thread's block of tiles.
  int64_t kernels() const { return spec_.form == ConvolutionForm::weightGrad ? threads_ : 1; }
  size_t scratchBytes() const { return (kernels() * kernelSize_ + threads_ * threadSize_) * sizeof(float); }

  // Calls action(first tile, number of tiles, memory for their points before and after) for all blocks of a thread.
  template <typename Action>
  void eachBlock(float* scratch, const Action& action) const {
    const int64_t thread = omp_get_thread_num(), threads = omp_get_num_threads();
    float* const from = scratch + kernels() * kernelSize_ + thread * threadSize_;
    const int64_t end = tiles_ * (thread + 1) / threads;
    for (int64_t tile = tiles_ * thread / threads; tile < end; tile += block_) {
      action(tile, std::min(block_, end - tile), from, from + kPoints * fromStride_);
    }
  }

  // Calls action(index in the block, n, top, left) for the tiles of a block.
  template <typename Action>
  void eachTile(int64_t tile, int64_t count, const Action& action) const {
    int64_t n = tile / (down_ * across_), row = tile / across_ % down_, column = tile % across_;
    for (int64_t t = 0; t < count; t++) {
      action(t, n, row * kTile, column * kTile);
      if (++column < across_) continue;
      column = 0;
      if (++row < down_) continue;
      row = 0;
      n++;
    }
  }

  template <typename Map>
  void transformTiles(const Image& image, const float* memory, int64_t pad, int64_t tile, int64_t count, float* points,
                      int64_t stride) const {
    eachTile(tile, count, [&](int64_t t, int64_t n, int64_t top, int64_t left) {
      top -= pad;
      left -= pad;
      const auto transformFrom = [&](const auto& pixel) {
        for (int64_t c = 0; c < image.channels; c += kLanes) {
          float* to = points + c * block_ + t * kLanes;
          transform<Map>([&](int i, int j) { return load(pixel(i, j) + c); },
                         [&](int i, int j, Vector v) { store(to + (i * 6 + j) * stride, v); });
        }
      };
      const float* corner = memory + image.at(n, top, left);
      if (image.holds(top, left, Map::in)) {
        const int64_t line = image.line(), channels = image.channels;
        transformFrom([=](int i, int j) { return corner + i * line + j * channels; });
      } else {
        const float* pixels[Map::in][Map::in];
        for (int i = 0; i < Map::in; i++) {
          for (int j = 0; j < Map::in; j++) {
            const float* pixel = corner + i * image.line() + j * image.channels;
            pixels[i][j] = image.holds(top + i, left + j, 1) ? pixel : zeros_.data();
          }
        }
        transformFrom([&](int i, int j) { return pixels[i][j]; });
      }
    });
  }

  void transformBack(const float* points, int64_t tile, int64_t count, float* out) const {
    eachTile(tile, count, [&](int64_t t, int64_t n, int64_t top, int64_t left) {
      float* corner = out + to_.at(n, top, left);
      const int64_t line = to_.line(), channels = to_.channels, height = to_.height - top, width = to_.width - left;
      const auto transformTo = [&](const auto& write) {
        for (int64_t c = 0; c < channels; c += kLanes) {
          const float* from = points + c * block_ + t * kLanes;
          transform<Output>([&](int i, int j) { return load(from + (i * 6 + j) * toStride_); },
                            [&](int i, int j, Vector v) { write(i, j, corner + i * line + j * channels + c, v); });
        }
      };
      const bool adds = spec_.accumulate;
      if (height >= kTile && width >= kTile && !adds) {
        transformTo([](int, int, float* to, Vector v) { store(to, v); });
      } else {
        transformTo([=](int i, int j, float* to, Vector v) {
          if (i < height && j < width) store(to, adds ? load(to) + v : v);
        });
      }
    });
  }

  // w [O, 3, 3, C] → points [36, in, out] in panels, for this thread's channels.
  void transformKernels(const float* w, float* points) const {
    const int64_t C = spec_.w[1], O = spec_.w[0], size = C * O;
    if (spec_.form == ConvolutionForm::inputGrad) {
#pragma omp for
      for (int64_t o = 0; o < O; o++) {
        for (int64_t c = 0; c < C; c += kLanes) {
          const float* from = w + o * 9 * C + c;
          float* to = points + c * O + o * kLanes;
          transform<Kernel>([&](int i, int j) { return load(from + (8 - 3 * i - j) * C); },
                            [&](int i, int j, Vector v) { store(to + (i * 6 + j) * size, v); });
        }
      }
      return;
    }
    // Output channels are not contiguous in memory, so they are collected first.
#pragma omp for collapse(2)
    for (int64_t o = 0; o < O; o += kLanes) {
      for (int64_t c = 0; c < C; c++) {
        float taps[9][kLanes];
        for (int lane = 0; lane < kLanes; lane++) {
          for (int tap = 0; tap < 9; tap++) taps[tap][lane] = w[((o + lane) * 9 + tap) * C + c];
        }
        float* to = points + o * C + c * kLanes;
        transform<Kernel>([&](int i, int j) { return load(taps[3 * i + j]); },
                          [&](int i, int j, Vector v) { store(to + (i * 6 + j) * size, v); });
      }
    }
  }

  void runImage(const float* image, const float* w, float* out, float* scratch) const {
    const int64_t I = from_.channels, O = to_.channels;
#pragma omp parallel num_threads(threads_)
    {
      transformKernels(w, scratch);
      eachBlock(scratch, [&](int64_t tile, int64_t count, float* from, float* to) {
        transformTiles<Input>(from_, image, pad_, tile, count, from, fromStride_);
        for (int point = 0; point < kPoints; point++) {
          multiply({from + point * fromStride_, block_ * kLanes}, {scratch + point * I * O, I * kLanes},
                   {to + point * toStride_, block_ * kLanes}, roundUp(count, kChannels), O, I);
        }
        transformBack(to, tile, count, out);
      });
    }
  }

  void runWeightGrad(const float* x, const float* g, float* out, float* scratch) const {
    const int64_t C = from_.channels, O = to_.channels, size = C * O;
#pragma omp parallel num_threads(threads_)
    {
      float* sums = scratch + omp_get_thread_num() * kernelSize_;
      std::fill(sums, sums + kernelSize_, 0.0f);
      eachBlock(scratch, [&](int64_t tile, int64_t count, float* from, float* to) {
        transformTiles<Input>(from_, x, pad_, tile, count, from, fromStride_);
        transformTiles<OutputAdjoint>(to_, g, 0, tile, count, to, toStride_);
        for (int point = 0; point < kPoints; point++) {
          addTransposed({to + point * toStride_, block_ * kLanes}, {from + point * fromStride_, block_ * kLanes},
                        {sums + point * size, O * kLanes}, O, C, count);
        }
      });
#pragma omp barrier
      // The number of threads fixes the order of the sum.
      const int threads = omp_get_num_threads();
#pragma omp for
      for (int64_t o = 0; o < O; o++) {
        for (int64_t c = 0; c < C; c += kLanes) {
          const float* from = scratch + c * O + o * kLanes;
          float* to = out + o * 9 * C + c;
          transform<KernelAdjoint>(
              [&](int i, int j) {
                Vector sum = load(from + (i * 6 + j) * size);
                for (int t = 1; t < threads; t++) sum += load(from + (i * 6 + j) * size + t * kernelSize_);
                return sum;
              },
              [&](int i, int j, Vector v) { store(to + (3 * i + j) * C, v); });
        }
      }
    }
  }

  const ConvolutionSpec spec_;
  const int threads_;
  Image from_, to_;
  int64_t pad_, down_, across_, tiles_, block_, fromStride_, toStride_, kernelSize_, threadSize_;
  std::vector<float> zeros_;
};

}  // namespace

std::unique_ptr<Convolution> makeWinogradConvolution(const ConvolutionSpec& spec, int threads) {
  return std::make_unique<WinogradConvolution>(spec, threads);
}

}  // namespace reweight
