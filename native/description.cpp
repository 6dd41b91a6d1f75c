#include "description.h"

#include <array>
#include <stdexcept>
#include <unordered_map>

namespace reweight {
namespace {

Napi::Array list(const Napi::Object& from, const char* name) { return from.Get(name).As<Napi::Array>(); }
Napi::Object item(const Napi::Array& from, uint32_t i) { return from.Get(i).As<Napi::Object>(); }
int64_t integer(const Napi::Object& from, const char* name) { return from.Get(name).As<Napi::Number>().Int64Value(); }
int32_t slot(const Napi::Object& from, const char* name) { return static_cast<int32_t>(integer(from, name)); }
bool flag(const Napi::Object& from, const char* name) { return from.Get(name).As<Napi::Boolean>().Value(); }
std::string text(const Napi::Object& from, const char* name) {
  return from.Get(name).As<Napi::String>().Utf8Value();
}

std::vector<int32_t> slots(const Napi::Object& from, const char* name) {
  const auto wide = integersOf(list(from, name));
  return {wide.begin(), wide.end()};
}

template <size_t N>
std::array<int64_t, N> extents(const Napi::Object& from, const char* name) {
  const auto values = integersOf(list(from, name));
  if (values.size() != N) throw std::runtime_error(std::string("expected another number of extents for ") + name);
  std::array<int64_t, N> result;
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

template <typename T>
T named(const std::unordered_map<std::string, T>& names, const std::string& name) {
  const auto found = names.find(name);
  if (found == names.end()) throw std::runtime_error("unknown name in a program: " + name);
  return found->second;
}

SlotSpec slotOf(const Napi::Object& from) {
  using Kind = SlotSpec::Kind;
  static const std::unordered_map<std::string, Kind> kinds = {
      {"input", Kind::input}, {"output", Kind::output}, {"work", Kind::work}, {"view", Kind::view}};
  static const std::unordered_map<std::string, at::ScalarType> dtypes = {
      {"float", at::kFloat}, {"int", at::kInt}, {"bfloat16", at::kBFloat16}};
  return {named(kinds, text(from, "kind")), integersOf(list(from, "shape")), named(dtypes, text(from, "dtype")),
          integer(from, "offset")};
}

RowSpec rowSpecOf(const Napi::Object& from) {
  RowSpec spec{text(from, "op"), {}, slots(from, "in"), slot(from, "out")};
  const auto attributes = from.Get("attributes").As<Napi::Object>();
  const auto names = attributes.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); i++) {
    const auto name = names.Get(i).As<Napi::String>().Utf8Value();
    const auto value = attributes.Get(name);
    std::vector<double> numbers;
    if (value.IsNumber()) numbers = {value.As<Napi::Number>().DoubleValue()};
    if (value.IsArray()) {
      const auto values = value.As<Napi::Array>();
      for (uint32_t j = 0; j < values.Length(); j++) numbers.push_back(values.Get(j).As<Napi::Number>().DoubleValue());
    }
    spec.attributes.set(name, std::move(numbers));
  }
  return spec;
}

TileSpec tileOf(const Napi::Object& from) {
  static const std::unordered_map<std::string, TileOp> ops = {
      {"add", TileOp::add},         {"sub", TileOp::sub},     {"mul", TileOp::mul},   {"neg", TileOp::neg},
      {"relu", TileOp::relu},       {"step", TileOp::step},   {"exp", TileOp::exp},   {"log", TileOp::log},
      {"reciprocal", TileOp::reciprocal}, {"sqrt", TileOp::sqrt}, {"tanh", TileOp::tanh},
      {"sigmoid", TileOp::sigmoid}, {"softplus", TileOp::softplus}, {"equal", TileOp::equal}};
  TileSpec spec;
  spec.extents = extents<3>(from, "extents");
  const auto loads = list(from, "loads");
  for (uint32_t i = 0; i < loads.Length(); i++) {
    spec.loads.push_back({slot(item(loads, i), "slot"), extents<3>(item(loads, i), "strides")});
  }
  const auto constants = list(from, "constants");
  for (uint32_t i = 0; i < constants.Length(); i++) {
    spec.constants.push_back(constants.Get(i).As<Napi::Number>().FloatValue());
  }
  const auto steps = list(from, "ops");
  for (uint32_t i = 0; i < steps.Length(); i++) {
    const auto step = item(steps, i);
    spec.ops.push_back({named(ops, text(step, "op")), slot(step, "a"), slot(step, "b")});
  }
  const auto stores = list(from, "stores");
  for (uint32_t i = 0; i < stores.Length(); i++) {
    const auto store = item(stores, i);
    spec.stores.push_back({slot(store, "slot"), slot(store, "operand"), flag(store, "bfloat16")});
  }
  const auto sums = list(from, "sums");
  for (uint32_t i = 0; i < sums.Length(); i++) {
    const auto sum = item(sums, i);
    spec.sums.push_back({slot(sum, "slot"), slot(sum, "operand"), flag(sum, "keepN"), flag(sum, "keepC")});
  }
  return spec;
}

ConvolutionStep convolutionOf(const Napi::Object& from) {
  static const std::unordered_map<std::string, ConvolutionForm> forms = {
      {"conv2d", ConvolutionForm::forward},
      {"conv2dInputGrad", ConvolutionForm::inputGrad},
      {"conv2dWeightGrad", ConvolutionForm::weightGrad}};
  const ConvolutionSpec spec{named(forms, text(from, "form")), extents<4>(from, "x"),   extents<4>(from, "w"),
                             extents<4>(from, "g"),            integer(from, "stride"), integer(from, "pad"),
                             flag(from, "accumulate"),         flag(from, "bfloat16")};
  return {spec, slot(from, "a"), slot(from, "b"), slot(from, "out")};
}

InstructionSpec instructionOf(const Napi::Object& from) {
  const auto kind = text(from, "kind");
  InstructionSpec spec{text(from, "equation"), RowSpec{}};
  if (kind == "row") spec.what = rowSpecOf(from);
  else if (kind == "tile") spec.what = tileOf(from);
  else if (kind == "convolution") spec.what = convolutionOf(from);
  else throw std::runtime_error("unknown kind of instruction: " + kind);
  return spec;
}

}  // namespace

std::vector<int64_t> integersOf(const Napi::Array& from) {
  std::vector<int64_t> values(from.Length());
  for (uint32_t i = 0; i < values.size(); i++) values[i] = from.Get(i).As<Napi::Number>().Int64Value();
  return values;
}

ProgramSpec programOf(const Napi::Object& from) {
  ProgramSpec spec{text(from, "name"), {}, slots(from, "inputs"), slots(from, "outputs"), {}, integer(from, "bytes")};
  const auto all = list(from, "slots");
  for (uint32_t i = 0; i < all.Length(); i++) spec.slots.push_back(slotOf(item(all, i)));
  const auto instructions = list(from, "instructions");
  for (uint32_t i = 0; i < instructions.Length(); i++) spec.instructions.push_back(instructionOf(item(instructions, i)));
  return spec;
}

}  // namespace reweight
