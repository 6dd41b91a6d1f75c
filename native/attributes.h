// An equation's static attributes, as the planner sends them.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace reweight {

// Numbers and lists of numbers by name. A single number is stored as a list of one. Throws std::invalid_argument for
// an attribute that is missing, and for one that is no whole number where one is asked for.
class Attributes {
 public:
  void set(const std::string& name, std::vector<double> values) { values_[name] = std::move(values); }
  double number(const std::string& name) const {
    const auto& list = listOf(name);
    if (list.size() != 1) fail(name, "a single number");
    return list[0];
  }
  // Whether the attribute is there and not 0.
  bool flag(const std::string& name) const { return values_.count(name) > 0 && number(name) != 0; }
  int64_t integer(const std::string& name) const { return whole(name, number(name)); }
  std::vector<int64_t> integers(const std::string& name) const {
    std::vector<int64_t> list;
    for (const double value : listOf(name)) list.push_back(whole(name, value));
    return list;
  }

 private:
  [[noreturn]] static void fail(const std::string& name, const char* wanted) {
    throw std::invalid_argument("expected the attribute \"" + name + "\" to be " + wanted);
  }
  const std::vector<double>& listOf(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) fail(name, "there");
    return found->second;
  }
  static int64_t whole(const std::string& name, double value) {
    constexpr double most = 9007199254740991.0;  // what a double counts exactly
    if (!(std::abs(value) <= most) || value != std::floor(value)) fail(name, "of whole numbers");
    return static_cast<int64_t>(value);
  }

  std::map<std::string, std::vector<double>> values_;
};

}  // namespace reweight
