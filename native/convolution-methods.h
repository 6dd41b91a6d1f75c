// The ways a convolution can be computed, and the memory they share. `makeConvolution` chooses among the ways.
#pragma once

#include <cstddef>

#include "convolution.h"

namespace reweight {

// oneDNN's own interface, straight on channels-last memory. In builds with REWEIGHT_ONEDNN only.
std::unique_ptr<Convolution> makeOnednnConvolution(const ConvolutionSpec& spec, int threads);
// libtorch's operators: for builds without oneDNN's headers.
std::unique_ptr<Convolution> makeAtenConvolution(const ConvolutionSpec& spec, int threads);
// Winograd's method in our own code: float32, 3x3 kernels, stride 1, padding up to 2, channels in multiples of 16.
std::unique_ptr<Convolution> makeWinogradConvolution(const ConvolutionSpec& spec, int threads);

// Working memory of at least `bytes`, aligned to cache lines, shared by all convolutions that run on the calling thread:
// one runs at a time, so memory does not multiply by their number, and what one leaves in the caches the next finds
// there. Contents do not last from one run to the next.
char* convolutionScratch(size_t bytes);
// The next multiple of a cache line, for parts of the scratch memory.
constexpr size_t roundToLine(size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace reweight
