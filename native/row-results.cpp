#include "row-results.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <tuple>

#include "convolution.h"

namespace reweight::results {
namespace {

[[noreturn]] void fail(const std::string& said) { throw std::invalid_argument(said); }

std::string describeAll(const Specs& in) {
  std::string all;
  for (const ArraySpec& one : in) all += (all.empty() ? "" : ", ") + describe(one);
  return all.empty() ? "none" : all;
}

void expectCount(const Specs& in, size_t count) {
  if (in.size() != count) {
    fail("expected " + std::to_string(count) + " operands, got " + std::to_string(in.size()) + ": " + describeAll(in));
  }
}

void expect(bool fits, const char* wanted, const Specs& in) {
  if (!fits) fail(std::string("expected ") + wanted + ", got " + describeAll(in));
}

bool isFloat(const ArraySpec& array) { return array.dtype == at::kFloat; }
bool isImage(const ArraySpec& array) { return isFloat(array) || array.dtype == at::kBFloat16; }

// An attribute with a number from `low` on for each axis.
Shape perAxis(const Attributes& attrs, const char* name, size_t rank, int64_t low) {
  const Shape list = attrs.integers(name);
  const auto fits = [low](int64_t value) { return value >= low && value <= kMostElements; };
  if (list.size() != rank || !std::all_of(list.begin(), list.end(), fits)) {
    fail("expected the attribute \"" + std::string(name) + "\" to have " + std::to_string(rank) + " numbers from " +
         std::to_string(low) + " on, got " + describe(list));
  }
  return list;
}

int64_t counted(const Attributes& attrs, const char* name) {
  const int64_t value = attrs.integer(name);
  if (value < 0 || value > kMostElements) {
    fail("expected the attribute \"" + std::string(name) + "\" to be a count, got " + std::to_string(value));
  }
  return value;
}

// The axes that an attribute names, each once.
std::vector<bool> namedAxes(const Attributes& attrs, size_t rank) {
  std::vector<bool> named(rank, false);
  for (const int64_t axis : attrs.integers("axes")) {
    if (axis < 0 || axis >= static_cast<int64_t>(rank) || named[axis]) {
      fail("expected distinct axes below " + std::to_string(rank) + ", got " + describe(attrs.integers("axes")));
    }
    named[axis] = true;
  }
  return named;
}

using Images = std::array<int64_t, 4>;

Images images(const Specs& in, size_t operand) {
  expect(in[operand].shape.size() == 4, "operands of four axes", in);
  Images extents;
  std::copy(in[operand].shape.begin(), in[operand].shape.end(), extents.begin());
  return extents;
}

// One of the three convolutions; the attributes have the extents of an image or kernel that is no operand.
ArraySpec convolution(ConvolutionForm form, const Images& x, const Images& w, const Images& g, const Specs& in,
                      const Attributes& attrs) {
  const ConvolutionSpec spec{form, x, w, g, attrs.integer("stride"), attrs.integer("pad"), false, false};
  expect(extentsFit(spec), "operands and attributes of a convolution that belong together", in);
  const Images& result = form == ConvolutionForm::forward ? g : form == ConvolutionForm::inputGrad ? x : w;
  return {{result.begin(), result.end()}, at::kFloat};
}

}  // namespace

ArraySpec unary(const Specs& in, const Attributes&) {
  expectCount(in, 1);
  expect(isFloat(in[0]), "floats", in);
  return in[0];
}

ArraySpec binary(const Specs& in, const Attributes&) {
  expectCount(in, 2);
  expect(isFloat(in[0]) && isFloat(in[1]) && in[0].shape == in[1].shape, "two float arrays of one shape", in);
  return in[0];
}

ArraySpec same(const Specs& in, const Attributes&) {
  expectCount(in, 1);
  return in[0];
}

ArraySpec rounded(const Specs& in, const Attributes& attrs) { return {unary(in, attrs).shape, at::kBFloat16}; }

ArraySpec fill(const Specs& in, const Attributes& attrs) {
  expectCount(in, 0);
  attrs.number("value");
  return {attrs.integers("shape"), at::kFloat};
}

ArraySpec expand(const Specs& in, const Attributes& attrs) {
  expectCount(in, 1);
  const Shape& from = in[0].shape;
  const Shape to = perAxis(attrs, "shape", from.size(), 0);
  for (size_t axis = 0; axis < to.size(); axis++) {
    if (from[axis] == 1 || from[axis] == to[axis]) continue;
    fail("expected extents of 1 or of " + describe(to) + ", got " + describe(from));
  }
  return {to, in[0].dtype};
}

ArraySpec reduction(const Specs& in, const Attributes& attrs) {
  expectCount(in, 1);
  expect(isFloat(in[0]), "floats", in);
  Shape shape = in[0].shape;
  const auto named = namedAxes(attrs, shape.size());
  // Without axes ATen reduces all of them.
  const bool all = std::find(named.begin(), named.end(), true) == named.end();
  for (size_t axis = 0; axis < shape.size(); axis++) {
    if (all || named[axis]) shape[axis] = 1;
  }
  return {shape, at::kFloat};
}

ArraySpec reshape(const Specs& in, const Attributes& attrs) {
  expectCount(in, 1);
  const Shape to = attrs.integers("shape");
  if (elementsOf(to) != elementsOf(in[0].shape)) {
    fail("expected a shape of as many elements as " + describe(in[0].shape) + ", got " + describe(to));
  }
  return {to, in[0].dtype};
}

ArraySpec transpose(const Specs& in, const Attributes& attrs) {
  expectCount(in, 1);
  const Shape axes = attrs.integers("axes");
  const auto named = namedAxes(attrs, in[0].shape.size());
  if (axes.size() != named.size()) {
    fail("expected a permutation of " + std::to_string(named.size()) + " axes, got " + describe(axes));
  }
  Shape shape;
  for (const int64_t axis : axes) shape.push_back(in[0].shape[axis]);
  return {shape, in[0].dtype};
}

ArraySpec slice(const Specs& in, const Attributes& attrs) {
  expectCount(in, 1);
  const size_t rank = in[0].shape.size();
  const Shape start = perAxis(attrs, "start", rank, 0), size = perAxis(attrs, "size", rank, 1);
  const Shape step = perAxis(attrs, "step", rank, 1);
  for (size_t axis = 0; axis < rank; axis++) {
    const int64_t left = in[0].shape[axis] - 1 - start[axis];  // behind the first element
    if (left < 0 || size[axis] - 1 > left / step[axis]) {
      fail("expected a window inside " + describe(in[0].shape) + ", got start " + describe(start) + ", size " +
           describe(size) + ", step " + describe(step));
    }
  }
  return {size, in[0].dtype};
}

ArraySpec pad(const Specs& in, const Attributes& attrs) {
  expectCount(in, 1);
  expect(isFloat(in[0]), "floats", in);
  const size_t rank = in[0].shape.size();
  const Shape low = perAxis(attrs, "low", rank, 0), high = perAxis(attrs, "high", rank, 0);
  const Shape interior = perAxis(attrs, "interior", rank, 0);
  Shape shape;
  for (size_t axis = 0; axis < rank; axis++) {
    const int64_t gaps = in[0].shape[axis] - 1;
    if (gaps < 0 || gaps > kMostElements / (interior[axis] + 1)) {
      fail("expected elements and a smaller interior, got " + describe(interior) + " in " + describe(in[0].shape));
    }
    shape.push_back(low[axis] + gaps * (interior[axis] + 1) + 1 + high[axis]);
  }
  return {shape, at::kFloat};
}

ArraySpec concat(const Specs& in, const Attributes& attrs) {
  expect(!in.empty(), "an operand at least", in);
  const int64_t axis = attrs.integer("axis"), rank = static_cast<int64_t>(in[0].shape.size());
  if (axis < 0 || axis >= rank) {
    fail("expected an axis below " + std::to_string(rank) + ", got " + std::to_string(axis));
  }
  ArraySpec whole = in[0];
  whole.shape[axis] = 0;
  for (const ArraySpec& part : in) {
    ArraySpec rest = part;
    if (axis < static_cast<int64_t>(rest.shape.size())) rest.shape[axis] = whole.shape[axis];
    expect(rest.shape == whole.shape && rest.dtype == whole.dtype, "arrays that differ along one axis only", in);
    whole.shape[axis] += part.shape[axis];
  }
  return whole;
}

ArraySpec splitHeads(const Specs& in, const Attributes& attrs) {
  expectCount(in, 1);
  const int64_t heads = counted(attrs, "heads"), places = counted(attrs, "places");
  expect(isFloat(in[0]) && in[0].shape.size() == 2 && heads > 0 && places > 0 && in[0].shape[0] % places == 0 &&
             in[0].shape[1] % heads == 0,
         "floats [N places, heads K]", in);
  return {{in[0].shape[0] / places * heads, places, in[0].shape[1] / heads}, at::kFloat};
}

ArraySpec mergeHeads(const Specs& in, const Attributes& attrs) {
  expectCount(in, 1);
  const int64_t heads = counted(attrs, "heads");
  expect(isFloat(in[0]) && in[0].shape.size() == 3 && heads > 0 && in[0].shape[0] % heads == 0, "floats [N heads, T, K]",
         in);
  return {{in[0].shape[0] / heads * in[0].shape[1], heads * in[0].shape[2]}, at::kFloat};
}

ArraySpec matmul(const Specs& in, const Attributes& attrs) {
  expectCount(in, 2);
  Shape a = in[0].shape, b = in[1].shape;
  const size_t rank = a.size();
  if (rank >= 2 && attrs.flag("ta")) std::swap(a[rank - 1], a[rank - 2]);
  if (rank >= 2 && b.size() == rank && attrs.flag("tb")) std::swap(b[rank - 1], b[rank - 2]);
  expect(isFloat(in[0]) && isFloat(in[1]) && rank >= 2 && b.size() == rank && a[rank - 1] == b[rank - 2] &&
             std::equal(a.begin(), a.end() - 2, b.begin()),
         "float arrays [..., N, K] and [..., K, M], or transposed as the attributes say", in);
  Shape shape = a;
  shape[rank - 1] = b[rank - 1];
  return {shape, at::kFloat};
}

ArraySpec conv2d(const Specs& in, const Attributes& attrs) {
  expectCount(in, 2);
  expect(isImage(in[0]) && isFloat(in[1]), "an image and a kernel of floats", in);
  const Images x = images(in, 0), w = images(in, 1);
  const int64_t stride = attrs.integer("stride"), pad = attrs.integer("pad");
  return convolution(ConvolutionForm::forward, x, w, outputOf(x, w, stride, pad), in, attrs);
}

ArraySpec conv2dInputGrad(const Specs& in, const Attributes& attrs) {
  expectCount(in, 2);
  expect(isImage(in[0]) && isFloat(in[1]), "an image and a kernel of floats", in);
  const Images g = images(in, 0), w = images(in, 1);
  const Images x{g[0], w[1], attrs.integer("height"), attrs.integer("width")};
  return convolution(ConvolutionForm::inputGrad, x, w, g, in, attrs);
}

ArraySpec conv2dWeightGrad(const Specs& in, const Attributes& attrs) {
  expectCount(in, 2);
  expect(isImage(in[0]) && in[0].dtype == in[1].dtype, "two images of one type", in);
  const Images x = images(in, 0), g = images(in, 1);
  const Images w{g[1], x[1], attrs.integer("height"), attrs.integer("width")};
  return convolution(ConvolutionForm::weightGrad, x, w, g, in, attrs);
}

ArraySpec gather(const Specs& in, const Attributes&) {
  expectCount(in, 2);
  expect(isFloat(in[0]) && in[0].shape.size() == 2 && in[1].dtype == at::kInt && in[1].shape.size() == 1,
         "a float table [V, D] and an int index [N]", in);
  return {{in[1].shape[0], in[0].shape[1]}, at::kFloat};
}

ArraySpec scatterAdd(const Specs& in, const Attributes& attrs) {
  expectCount(in, 2);
  expect(isFloat(in[0]) && in[0].shape.size() == 2 && in[1].dtype == at::kInt && in[1].shape.size() == 1 &&
             in[0].shape[0] == in[1].shape[0],
         "float rows [N, D] and an int index [N]", in);
  return {{counted(attrs, "height"), in[0].shape[1]}, at::kFloat};
}

ArraySpec take(const Specs& in, const Attributes&) {
  expectCount(in, 2);
  expect(isFloat(in[0]) && in[0].shape.size() == 2 && in[1].dtype == at::kInt && in[1].shape.size() == 1 &&
             in[0].shape[0] == in[1].shape[0],
         "float rows [N, V] and an int index [N]", in);
  return {{in[0].shape[0]}, at::kFloat};
}

ArraySpec put(const Specs& in, const Attributes& attrs) {
  expectCount(in, 2);
  expect(isFloat(in[0]) && in[0].shape.size() == 1 && in[1].dtype == at::kInt && in[1].shape == in[0].shape,
         "floats [N] and an int index [N]", in);
  return {{in[0].shape[0], counted(attrs, "width")}, at::kFloat};
}

ArraySpec oneHot(const Specs& in, const Attributes& attrs) {
  expectCount(in, 1);
  expect(in[0].dtype == at::kInt && in[0].shape.size() == 1, "an int index [N]", in);
  return {{in[0].shape[0], counted(attrs, "depth")}, at::kFloat};
}

ArraySpec iota(const Specs& in, const Attributes& attrs) {
  expectCount(in, 0);
  return {{counted(attrs, "length")}, at::kFloat};
}

ArraySpec placeVectors(const Specs& in, const Attributes& attrs) {
  expectCount(in, 0);
  if (attrs.integer("width") < 4) fail("expected a width of at least 4, got " + std::to_string(attrs.integer("width")));
  return {{counted(attrs, "places"), counted(attrs, "width")}, at::kFloat};
}

ArraySpec keepMask(const Specs& in, const Attributes& attrs) {
  expectCount(in, 1);
  expect(in[0].dtype == at::kInt && in[0].shape == Shape{4}, "an int key [4]", in);
  const double rate = attrs.number("rate");
  const int64_t site = attrs.integer("site");
  if (!(rate >= 0 && rate < 1) || site < 0 || site > UINT32_MAX) {
    fail("expected a rate from 0 to less than 1 and a site of 32 bits, got " + std::to_string(rate) + " and " +
         std::to_string(site));
  }
  return {attrs.integers("shape"), at::kFloat};
}

}  // namespace reweight::results
