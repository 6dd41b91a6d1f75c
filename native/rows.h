// The op table: each op of a graph in ATen, on any device. The CPU's fused path replaces most of them; a device without
// a fused path runs only these.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "attributes.h"
#include "shapes.h"

namespace reweight {

using Operands = std::vector<at::Tensor>;

struct Row {
  // The result's shape and type. Throws std::invalid_argument for operands or attributes that the op cannot take.
  ArraySpec (*result)(const std::vector<ArraySpec>& in, const Attributes& attrs);
  // Writes the result into existing memory. Logical shapes are [N, C, H, W]; each array has its own strides.
  void (*write)(at::Tensor& out, const Operands& in, const Attributes& attrs);
  // For ops that move no elements: a view of an operand's memory.
  at::Tensor (*view)(const Operands& in, const Attributes& attrs);
};

// Null if no op has this name.
const Row* rowOf(const std::string& op);
std::vector<std::string> rowNames();

}  // namespace reweight
