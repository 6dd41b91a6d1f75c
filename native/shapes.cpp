#include "shapes.h"

#include <sstream>

namespace reweight {
namespace {

// The number of axes that libtorch's reductions can name.
constexpr size_t kMostAxes = 64;

const char* nameOf(at::ScalarType dtype) {
  return dtype == at::kFloat ? "float" : dtype == at::kInt ? "int" : at::toString(dtype);
}

}  // namespace

std::optional<int64_t> elementsOf(const Shape& shape) {
  if (shape.size() > kMostAxes) return std::nullopt;
  int64_t product = 1;
  bool isEmpty = false;
  for (const int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    isEmpty = isEmpty || extent == 0;
    // Strides of an empty array are products of its other extents.
    if (extent > 0 && product > kMostElements / extent) return std::nullopt;
    if (extent > 0) product *= extent;
  }
  return isEmpty ? 0 : product;
}

std::string describe(const Shape& shape) {
  std::ostringstream text;
  text << '[';
  for (size_t axis = 0; axis < shape.size(); axis++) text << (axis ? ", " : "") << shape[axis];
  text << ']';
  return text.str();
}

std::string describe(const ArraySpec& array) { return std::string(nameOf(array.dtype)) + " " + describe(array.shape); }

}  // namespace reweight
