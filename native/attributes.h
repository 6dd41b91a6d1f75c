// An equation's static attributes, as the planner sends them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace reweight {

// Numbers and lists of numbers by name. A single number is stored as a list of one.
class Attributes {
 public:
  void set(const std::string& name, std::vector<double> values) { values_[name] = std::move(values); }
  double number(const std::string& name) const { return values_.at(name).at(0); }
  int64_t integer(const std::string& name) const { return static_cast<int64_t>(number(name)); }
  std::vector<int64_t> integers(const std::string& name) const {
    const auto& list = values_.at(name);
    return {list.begin(), list.end()};
  }

 private:
  std::map<std::string, std::vector<double>> values_;
};

}  // namespace reweight
