// One row per op.

#include "rows.h"

#include <cmath>
#include <unordered_map>

#include "keep-mask.h"
#include "row-results.h"

namespace reweight {
namespace {

using at::Tensor;
using List = std::vector<int64_t>;

// The last two axes exchanged, where the attribute says so: a view, which matrix products read in place.
Tensor turned(const Tensor& x, const Attributes& attrs, const char* flag) {
  return attrs.flag(flag) ? x.transpose(-2, -1) : x;
}

void multiply(Tensor& out, const Tensor& a, const Tensor& b) {
  if (a.dim() == 3) at::bmm_out(out, a, b);
  else at::matmul_out(out, a, b);
}

// [N, T, heads, K] of the rows [N T, heads K], as [N, heads, T, K].
Tensor byHeads(const Tensor& rows, int64_t places, int64_t heads) {
  return rows.reshape({rows.size(0) / places, places, heads, rows.size(1) / heads}).permute({0, 2, 1, 3});
}

// An index [N] as the column of 64-bit numbers that ATen wants.
Tensor column(const Tensor& index) { return index.to(at::kLong).unsqueeze(1); }

at::Tensor strided(Tensor x, const List& start, const List& size, const List& step) {
  for (size_t axis = 0; axis < start.size(); axis++) {
    const int64_t end = start[axis] + (size[axis] - 1) * step[axis] + 1;
    x = x.slice(static_cast<int64_t>(axis), start[axis], end, step[axis]);
  }
  return x;
}

Tensor viewed(const Tensor& x, const List& shape) { return x.reshape(shape); }

// Images may be rounded to bfloat16, kernels never are: convolutions run in the image's type, results keep their own.
Tensor as(const Tensor& x, const Tensor& like) { return x.to(like.scalar_type()); }

// PyTorch's convolution_backward can give both cotangents; only one is wanted.
template <size_t wanted>
void convolutionGrad(Tensor& out, const Tensor& g, const Tensor& x, const Tensor& w, const Attributes& a) {
  const List stride(2, a.integer("stride")), pad(2, a.integer("pad"));
  const Tensor& type = wanted == 0 ? g : x;
  auto both = at::convolution_backward(g, as(x, type), as(w, type), c10::nullopt, stride, pad, List{1, 1}, false, List{0, 0}, 1,
                                       {wanted == 0, wanted == 1, false});
  out.copy_(std::get<wanted>(both));
}

// Sines and cosines of the places of a sequence; src/ops/place-vectors.ts tells which. In double, as the reference has it.
void placeVectors(Tensor& out) {
  constexpr double first = 2, longestWave = 10000;
  const int64_t places = out.size(0), width = out.size(1), waves = width / 2;
  Tensor host = at::zeros({places, width}, at::TensorOptions().dtype(at::kFloat));
  float* data = host.data_ptr<float>();
  for (int64_t place = 0; place < places; place++) {
    for (int64_t wave = 0; wave < waves; wave++) {
      const double decay = -static_cast<double>(wave) * std::log(longestWave) / static_cast<double>(waves - 1);
      const double angle = (static_cast<double>(place) + first) * std::exp(decay);
      data[place * width + wave] = static_cast<float>(std::sin(angle));
      data[place * width + waves + wave] = static_cast<float>(std::cos(angle));
    }
  }
  out.copy_(host);
}

const std::unordered_map<std::string, Row>& table() {
  static const std::unordered_map<std::string, Row> rows = {
      // Element-wise.
      {"add",
       {results::binary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::add_out(o, in[0], in[1]); }, nullptr}},
      {"sub",
       {results::binary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::sub_out(o, in[0], in[1]); }, nullptr}},
      {"mul",
       {results::binary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::mul_out(o, in[0], in[1]); }, nullptr}},
      {"neg",
       {results::unary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::neg_out(o, in[0]); }, nullptr}},
      {"exp",
       {results::unary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::exp_out(o, in[0]); }, nullptr}},
      {"log",
       {results::unary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::log_out(o, in[0]); }, nullptr}},
      {"sqrt",
       {results::unary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::sqrt_out(o, in[0]); }, nullptr}},
      {"reciprocal",
       {results::unary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::reciprocal_out(o, in[0]); }, nullptr}},
      {"tanh",
       {results::unary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::tanh_out(o, in[0]); }, nullptr}},
      {"sigmoid",
       {results::unary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::sigmoid_out(o, in[0]); }, nullptr}},
      // ATen's softplus becomes linear at its default threshold of 20, where float32 no longer shows the difference.
      {"softplus",
       {results::unary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::softplus_out(o, in[0]); }, nullptr}},
      {"relu",
       {results::unary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::clamp_min_out(o, in[0], 0); }, nullptr}},
      {"step",
       {results::unary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::gt_out(o, in[0], 0); }, nullptr}},
      {"equal",
       {results::binary,
        [](Tensor& o, const Operands& in, const Attributes&) { at::eq_out(o, in[0], in[1]); }, nullptr}},
      {"stopGradient", {results::same, nullptr, [](const Operands& in, const Attributes&) { return in[0]; }}},
      {"bfloat16",
       {results::rounded, [](Tensor& o, const Operands& in, const Attributes&) { o.copy_(in[0]); }, nullptr}},
      // Extents.
      {"fill",
       {results::fill,
        [](Tensor& o, const Operands&, const Attributes& a) { o.fill_(a.number("value")); }, nullptr}},
      {"expand",
       {results::expand,
        nullptr, [](const Operands& in, const Attributes& a) { return in[0].expand(a.integers("shape")); }}},
      {"sum",
       {results::reduction,
        [](Tensor& o, const Operands& in, const Attributes& a) { at::sum_out(o, in[0], a.integers("axes"), true); },
        nullptr}},
      {"max",
       {results::reduction,
        [](Tensor& o, const Operands& in, const Attributes& a) { at::amax_out(o, in[0], a.integers("axes"), true); },
        nullptr}},
      // Movement.
      {"reshape",
       {results::reshape,
        [](Tensor& o, const Operands& in, const Attributes& a) { o.copy_(viewed(in[0], a.integers("shape"))); },
        [](const Operands& in, const Attributes& a) { return viewed(in[0], a.integers("shape")); }}},
      {"transpose",
       {results::transpose,
        [](Tensor& o, const Operands& in, const Attributes& a) { o.copy_(in[0].permute(a.integers("axes"))); },
        nullptr}},
      {"slice",
       {results::slice,
        [](Tensor& o, const Operands& in, const Attributes& a) {
          o.copy_(strided(in[0], a.integers("start"), a.integers("size"), a.integers("step")));
        },
        nullptr}},
      {"pad",
       {results::pad,
        [](Tensor& o, const Operands& in, const Attributes& a) {
          List step = a.integers("interior");
          for (auto& count : step) count += 1;
          o.zero_();
          strided(o, a.integers("low"), in[0].sizes().vec(), step).copy_(in[0]);
        },
        nullptr}},
      {"concat",
       {results::concat,
        [](Tensor& o, const Operands& in, const Attributes& a) { at::cat_out(o, in, a.integer("axis")); }, nullptr}},
      {"splitHeads",
       {results::splitHeads,
        [](Tensor& o, const Operands& in, const Attributes& a) {
          const Tensor from = byHeads(in[0], a.integer("places"), a.integer("heads"));
          o.view(from.sizes()).copy_(from);
        },
        nullptr}},
      {"mergeHeads",
       {results::mergeHeads,
        [](Tensor& o, const Operands& in, const Attributes& a) {
          Tensor to = byHeads(o, in[0].size(1), a.integer("heads"));
          to.copy_(in[0].reshape(to.sizes()));
        },
        nullptr}},
      // Products.
      {"matmul",
       {results::matmul,
        [](Tensor& o, const Operands& in, const Attributes& a) {
          multiply(o, turned(in[0], a, "ta"), turned(in[1], a, "tb"));
        },
        nullptr}},
      {"conv2d",
       {results::conv2d,
        [](Tensor& o, const Operands& in, const Attributes& a) {
          o.copy_(at::conv2d(in[0], as(in[1], in[0]), {}, a.integer("stride"), a.integer("pad")));
        },
        nullptr}},
      {"conv2dInputGrad",
       {results::conv2dInputGrad,
        [](Tensor& o, const Operands& in, const Attributes& a) { convolutionGrad<0>(o, in[0], o, in[1], a); },
        nullptr}},
      {"conv2dWeightGrad",
       {results::conv2dWeightGrad,
        [](Tensor& o, const Operands& in, const Attributes& a) { convolutionGrad<1>(o, in[1], in[0], o, a); },
        nullptr}},
      // Indices.
      {"gather",
       {results::gather,
        [](Tensor& o, const Operands& in, const Attributes&) { at::index_select_out(o, in[0], 0, in[1]); }, nullptr}},
      {"scatterAdd",
       {results::scatterAdd,
        [](Tensor& o, const Operands& in, const Attributes&) { o.zero_().index_add_(0, in[1], in[0]); }, nullptr}},
      {"take",
       {results::take,
        [](Tensor& o, const Operands& in, const Attributes&) {
          o.unsqueeze(1).copy_(at::gather(in[0], 1, column(in[1])));
        },
        nullptr}},
      {"put",
       {results::put,
        [](Tensor& o, const Operands& in, const Attributes&) {
          o.zero_().scatter_(1, column(in[1]), in[0].unsqueeze(1));
        },
        nullptr}},
      {"oneHot",
       {results::oneHot,
        [](Tensor& o, const Operands& in, const Attributes& a) {
          const Tensor classes = at::arange(a.integer("depth"), in[0].options());
          at::eq_out(o, in[0].unsqueeze(1), classes.unsqueeze(0));
        },
        nullptr}},
      {"iota",
       {results::iota,
        [](Tensor& o, const Operands&, const Attributes& a) { at::arange_out(o, a.integer("length")); }, nullptr}},
      {"placeVectors",
       {results::placeVectors, [](Tensor& o, const Operands&, const Attributes&) { placeVectors(o); }, nullptr}},
      // Random numbers.
      {"keepMask",
       {results::keepMask,
        [](Tensor& o, const Operands& in, const Attributes& a) {
          keepMask(o, in[0], a.number("rate"), a.integer("site"));
        },
        nullptr}},
  };
  return rows;
}

}  // namespace

const Row* rowOf(const std::string& op) {
  const auto found = table().find(op);
  return found == table().end() ? nullptr : &found->second;
}

std::vector<std::string> rowNames() {
  std::vector<std::string> names;
  for (const auto& [name, row] : table()) names.push_back(name);
  return names;
}

}  // namespace reweight
