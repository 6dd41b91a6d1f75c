#include "description.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>

namespace reweight {
namespace {

Napi::Object item(const Napi::Value& from) { return objectOf(from, ""); }
int64_t integer(const Napi::Object& from, const char* name) { return integerOf(from.Get(name), name); }
// The index of a slot or an operand. Whether there is one is checked where all of them are known.
int32_t index(const Napi::Object& from, const char* name) {
  return static_cast<int32_t>(integerOf(from.Get(name), name, -1, INT32_MAX));
}
bool flag(const Napi::Object& from, const char* name) { return flagOf(from.Get(name), name); }
std::string text(const Napi::Object& from, const char* name) { return textOf(from.Get(name), name); }

std::vector<int32_t> indices(const Napi::Object& from, const char* name) {
  std::vector<int32_t> list;
  eachOf(from.Get(name), name, [&](const Napi::Value& entry) {
    list.push_back(static_cast<int32_t>(integerOf(entry, "", 0, INT32_MAX)));
  });
  return list;
}

template <size_t N>
std::array<int64_t, N> extents(const Napi::Object& from, const char* name) {
  const auto values = integersOf(from.Get(name), name);
  if (values.size() != N) {
    throw outOfRange(name, "expected " + std::to_string(N) + " numbers, got " + std::to_string(values.size()));
  }
  std::array<int64_t, N> result;
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

template <typename T>
T named(const std::unordered_map<std::string, T>& names, const Napi::Object& from, const char* name) {
  const auto found = names.find(text(from, name));
  if (found != names.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& entry : names) known.push_back(entry.first);
  std::sort(known.begin(), known.end());
  std::string all;
  for (const auto& one : known) all += (all.empty() ? "" : ", ") + one;
  throw outOfRange(name, "expected one of " + all + "; got " + describe(from.Get(name)));
}

SlotSpec slotOf(const Napi::Object& from) {
  using Kind = SlotSpec::Kind;
  static const std::unordered_map<std::string, Kind> kinds = {
      {"input", Kind::input}, {"output", Kind::output}, {"work", Kind::work}, {"view", Kind::view}};
  static const std::unordered_map<std::string, at::ScalarType> dtypes = {
      {"float", at::kFloat}, {"int", at::kInt}, {"bfloat16", at::kBFloat16}};
  return {named(kinds, from, "kind"), integersOf(from.Get("shape"), "shape"), named(dtypes, from, "dtype"),
          integer(from, "offset")};
}

std::vector<double> numbersOf(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) return {numberOf(value, name)};
  std::vector<double> numbers;
  eachOf(value, name, [&](const Napi::Value& entry) { numbers.push_back(numberOf(entry, "")); });
  return numbers;
}

RowSpec rowSpecOf(const Napi::Object& from) {
  RowSpec spec{text(from, "op"), {}, indices(from, "in"), index(from, "out")};
  const auto attributes = objectOf(from.Get("attributes"), "attributes");
  const auto names = attributes.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); i++) {
    const auto name = names.Get(i).As<Napi::String>().Utf8Value();
    spec.attributes.set(name, numbersOf(attributes.Get(name), ("attributes." + name).c_str()));
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
  eachOf(from.Get("loads"), "loads", [&](const Napi::Value& entry) {
    const auto load = item(entry);
    spec.loads.push_back({index(load, "slot"), extents<3>(load, "strides")});
  });
  eachOf(from.Get("constants"), "constants", [&](const Napi::Value& entry) {
    spec.constants.push_back(static_cast<float>(numberOf(entry, "")));
  });
  eachOf(from.Get("ops"), "ops", [&](const Napi::Value& entry) {
    const auto step = item(entry);
    spec.ops.push_back({named(ops, step, "op"), index(step, "a"), index(step, "b")});
  });
  eachOf(from.Get("stores"), "stores", [&](const Napi::Value& entry) {
    const auto store = item(entry);
    spec.stores.push_back({index(store, "slot"), index(store, "operand"), flag(store, "bfloat16")});
  });
  eachOf(from.Get("sums"), "sums", [&](const Napi::Value& entry) {
    const auto sum = item(entry);
    spec.sums.push_back({index(sum, "slot"), index(sum, "operand"), flag(sum, "keepN"), flag(sum, "keepC")});
  });
  return spec;
}

ConvolutionStep convolutionOf(const Napi::Object& from) {
  static const std::unordered_map<std::string, ConvolutionForm> forms = {
      {"conv2d", ConvolutionForm::forward},
      {"conv2dInputGrad", ConvolutionForm::inputGrad},
      {"conv2dWeightGrad", ConvolutionForm::weightGrad}};
  const ConvolutionSpec spec{named(forms, from, "form"), extents<4>(from, "x"),   extents<4>(from, "w"),
                             extents<4>(from, "g"),            integer(from, "stride"), integer(from, "pad"),
                             flag(from, "accumulate"),         flag(from, "bfloat16")};
  return {spec, index(from, "a"), index(from, "b"), index(from, "out")};
}

InstructionSpec instructionOf(const Napi::Object& from) {
  enum class Kind { row, tile, convolution };
  static const std::unordered_map<std::string, Kind> kinds = {
      {"row", Kind::row}, {"tile", Kind::tile}, {"convolution", Kind::convolution}};
  InstructionSpec spec{text(from, "equation"), RowSpec{}};
  switch (named(kinds, from, "kind")) {
    case Kind::row: spec.what = rowSpecOf(from); break;
    case Kind::tile: spec.what = tileOf(from); break;
    case Kind::convolution: spec.what = convolutionOf(from); break;
  }
  return spec;
}

}  // namespace

ProgramSpec programOf(const Napi::Value& description) {
  const auto from = objectOf(description, "program");
  ProgramSpec spec{text(from, "name"), {}, indices(from, "inputs"), indices(from, "outputs"), {}, 0};
  spec.workspaceBytes = integer(from, "bytes");
  eachOf(from.Get("slots"), "slots", [&](const Napi::Value& entry) { spec.slots.push_back(slotOf(item(entry))); });
  eachOf(from.Get("instructions"), "instructions", [&](const Napi::Value& entry) {
    spec.instructions.push_back(instructionOf(item(entry)));
  });
  return spec;
}

}  // namespace reweight
