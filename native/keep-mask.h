// Dropout masks: random numbers that depend on a key, a site and a place alone, so that a step can be replayed.
#pragma once

#include <ATen/ATen.h>

namespace reweight {

// Writes 0 or 1/(1 - rate) into `out`. Element e, in the order of rows, is kept when 16 bits of Philox4x32-10 reach
// 65536 rate: word (e / 2) % 4 of block e / 8, its lower half first. `key` [4] int: the generator's key, and the
// counter's second and last word; the first is the block, the third the site.
void keepMask(at::Tensor& out, const at::Tensor& key, double rate, int64_t site);

// The same by ATen's operations, for devices that run no code of ours.
void keepMaskByAten(at::Tensor& out, const at::Tensor& key, double rate, int64_t site);

}  // namespace reweight
