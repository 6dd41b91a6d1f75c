// Values that JavaScript hands in, checked before they are used. All functions throw GivenError, naming the value.
#pragma once

// A worker that is being terminated accepts no exceptions, and nobody is left to read them.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#include <napi.h>

#include <string>
#include <vector>

#include "errors.h"

namespace reweight {

// A value in a few words, for messages: "a Float64Array of 3", "-1", "the text "abc"".
std::string describe(const Napi::Value& value);

// `name` is the value's own name in messages.
Napi::Object objectOf(const Napi::Value& value, const char* name);
Napi::Array arrayOf(const Napi::Value& value, const char* name);
std::string textOf(const Napi::Value& value, const char* name);
bool flagOf(const Napi::Value& value, const char* name);
double numberOf(const Napi::Value& value, const char* name);
// A whole number from `low` to `high`; by default any that a double holds exactly.
int64_t integerOf(const Napi::Value& value, const char* name, int64_t low = -((int64_t{1} << 53) - 1),
                  int64_t high = (int64_t{1} << 53) - 1);

// Calls action(entry) for each entry of an array. Errors of the action are about `name[i]`.
template <typename Action>
void eachOf(const Napi::Value& value, const char* name, const Action& action) {
  const auto list = arrayOf(value, name);
  for (uint32_t i = 0; i < list.Length(); i++) {
    try {
      action(list.Get(i));
    } catch (const GivenError& error) {
      throw error.inside(name + ("[" + std::to_string(i) + "]"));
    }
  }
}
std::vector<int64_t> integersOf(const Napi::Value& value, const char* name);

// The memory of a Float32Array or Int32Array. It is valid until JavaScript runs again.
struct Elements {
  const void* memory;
  size_t count;
  bool isInt;
};
Elements elementsOf(const Napi::Value& value, const char* name);

}  // namespace reweight
