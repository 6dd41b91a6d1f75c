// Shapes that arrays may have, and shapes as text.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <vector>

namespace reweight {

using Shape = std::vector<int64_t>;

// An array's shape and element type.
struct ArraySpec {
  Shape shape;
  at::ScalarType dtype;
};

// No array has more elements: 4 TiB of floats. Below it, no product of extents, strides and sizes overflows.
constexpr int64_t kMostElements = int64_t{1} << 40;

// Number of elements; none if an extent is negative, or if the extents that are not 0 give too large a product.
std::optional<int64_t> elementsOf(const Shape& shape);
std::string describe(const Shape& shape);      // [2, 3]
std::string describe(const ArraySpec& array);  // float [2, 3]

}  // namespace reweight
