// The methods to compute a convolution, and the scratch memory that they share. `makeConvolution` chooses a method.
#pragma once

#include <cstddef>

#include "convolution.h"

namespace reweight {

// oneDNN's own interface, directly on channels-last memory. Only in builds with REWEIGHT_ONEDNN.
std::unique_ptr<Convolution> makeOnednnConvolution(const ConvolutionSpec& spec, int threads);
// libtorch's operators, for builds without oneDNN's headers.
std::unique_ptr<Convolution> makeAtenConvolution(const ConvolutionSpec& spec, int threads);
// Winograd's method in our own code: float32, 3x3 kernels, stride 1, padding up to 2, channels in multiples of 16.
std::unique_ptr<Convolution> makeWinogradConvolution(const ConvolutionSpec& spec, int threads);

// Scratch memory of at least `bytes`, aligned to cache lines, shared by all convolutions of the calling thread. They
// run one at a time, so a single block serves all of them and stays in the caches. Contents do not last between runs.
char* convolutionScratch(size_t bytes);
// The next multiple of a cache line, for parts of the scratch memory.
constexpr size_t roundToLine(size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace reweight
