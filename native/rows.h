// The op table: what each op of a graph is in ATen, on any device. The CPU's fused path replaces most of them; a device without a fused
// path runs these alone.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "attributes.h"

namespace reweight {

using Operands = std::vector<at::Tensor>;

struct Row {
  // Writes the result into memory that is there already. Logical shapes are [N, C, H, W]; strides are the array's own business.
  void (*write)(at::Tensor& out, const Operands& in, const Attributes& attrs);
  // Or, for ops that move nothing: another look at an operand's memory.
  at::Tensor (*view)(const Operands& in, const Attributes& attrs);
};

// Null for a name that no op has.
const Row* rowOf(const std::string& op);
std::vector<std::string> rowNames();

}  // namespace reweight
