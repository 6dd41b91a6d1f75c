#include "given.h"

#include <cmath>
#include <sstream>

namespace reweight {
namespace {

const char* nameOf(napi_typedarray_type type) {
  static const char* const names[] = {"Int8Array",  "Uint8Array",   "Uint8ClampedArray", "Int16Array",
                                      "Uint16Array", "Int32Array",   "Uint32Array",       "Float32Array",
                                      "Float64Array", "BigInt64Array", "BigUint64Array"};
  return type < std::size(names) ? names[type] : "typed array";
}

struct TypedArray {
  napi_typedarray_type type;
  size_t length;
  void* memory;
  bool isDetached;
};

TypedArray viewOf(const Napi::Value& value) {
  TypedArray view{};
  napi_value buffer = nullptr;
  size_t offset = 0;
  // Not through Napi::TypedArray, which keeps a length of its own that may be out of date.
  const auto status =
      napi_get_typedarray_info(value.Env(), value, &view.type, &view.length, &view.memory, &buffer, &offset);
  if (status == napi_ok) napi_is_detached_arraybuffer(value.Env(), buffer, &view.isDetached);
  if (status != napi_ok) throw Napi::Error::New(value.Env());
  return view;
}

GivenError unexpected(const Napi::Value& value, const char* name, const char* wanted) {
  return wrongKind(name, std::string("expected ") + wanted + ", got " + describe(value));
}

std::string shortened(const std::string& text) { return text.size() <= 40 ? text : text.substr(0, 40) + "…"; }

}  // namespace

std::string describe(const Napi::Value& value) {
  std::ostringstream text;
  if (value.IsTypedArray()) {
    const TypedArray view = viewOf(value);
    text << "a " << nameOf(view.type) << " of " << view.length;
    return text.str();
  }
  if (value.IsArray()) return "an array of " + std::to_string(value.As<Napi::Array>().Length());
  switch (value.Type()) {
    case napi_undefined: return "undefined";
    case napi_null: return "null";
    case napi_boolean: return value.As<Napi::Boolean>().Value() ? "true" : "false";
    case napi_number: text << value.As<Napi::Number>().DoubleValue(); return text.str();
    case napi_string: return "the text \"" + shortened(value.As<Napi::String>().Utf8Value()) + "\"";
    case napi_symbol: return "a symbol";
    case napi_bigint: return "a bigint";
    case napi_function: return "a function";
    case napi_external: return "a handle";
    default: return "an object";
  }
}

Napi::Object objectOf(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) throw unexpected(value, name, "an object");
  return value.As<Napi::Object>();
}

Napi::Array arrayOf(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) throw unexpected(value, name, "an array");
  return value.As<Napi::Array>();
}

std::string textOf(const Napi::Value& value, const char* name) {
  if (!value.IsString()) throw unexpected(value, name, "a text");
  return value.As<Napi::String>().Utf8Value();
}

bool flagOf(const Napi::Value& value, const char* name) {
  if (!value.IsBoolean()) throw unexpected(value, name, "true or false");
  return value.As<Napi::Boolean>().Value();
}

double numberOf(const Napi::Value& value, const char* name) {
  if (!value.IsNumber()) throw unexpected(value, name, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

int64_t integerOf(const Napi::Value& value, const char* name, int64_t low, int64_t high) {
  const double number = numberOf(value, name);
  // A NaN fails every comparison.
  if (number >= static_cast<double>(low) && number <= static_cast<double>(high) && number == std::floor(number)) {
    return static_cast<int64_t>(number);
  }
  std::ostringstream said;
  said << "expected a whole number from " << low << " to " << high << ", got " << number;
  throw outOfRange(name, said.str());
}

std::vector<int64_t> integersOf(const Napi::Value& value, const char* name) {
  std::vector<int64_t> values;
  eachOf(value, name, [&](const Napi::Value& entry) { values.push_back(integerOf(entry, "")); });
  return values;
}

Elements elementsOf(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray()) throw unexpected(value, name, "a Float32Array or Int32Array");
  const TypedArray view = viewOf(value);
  if (view.type != napi_float32_array && view.type != napi_int32_array) {
    throw unexpected(value, name, "a Float32Array or Int32Array");
  }
  if (view.isDetached) {
    throw wrongKind(name, std::string("expected an array with memory, got a ") + nameOf(view.type) +
                              " whose buffer was transferred or detached");
  }
  return {view.memory, view.length, view.type == napi_int32_array};
}

}  // namespace reweight
