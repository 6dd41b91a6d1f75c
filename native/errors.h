// Errors about what a caller handed in.
#pragma once

#include <stdexcept>
#include <string>

namespace reweight {

// A value that cannot be used. `where` names it as the caller does: "slots[3].shape[1]".
class GivenError : public std::runtime_error {
 public:
  // kind: another type of value than expected, a TypeError in JavaScript. range: the right type, a wrong number,
  // length or shape; a RangeError.
  enum class Fault { kind, range };

  GivenError(Fault fault, std::string where, std::string said)
      : std::runtime_error(where + ": " + said), fault_(fault), where_(std::move(where)), said_(std::move(said)) {}

  Fault fault() const { return fault_; }
  // The same error about a part of something: inside("slots[3]") puts that before `where`.
  GivenError inside(const std::string& whole) const {
    const bool isIndex = where_.empty() || where_[0] == '[';
    return {fault_, whole + (isIndex ? "" : ".") + where_, said_};
  }

 private:
  Fault fault_;
  std::string where_, said_;
};

inline GivenError wrongKind(std::string where, std::string said) {
  return {GivenError::Fault::kind, std::move(where), std::move(said)};
}
inline GivenError outOfRange(std::string where, std::string said) {
  return {GivenError::Fault::range, std::move(where), std::move(said)};
}

}  // namespace reweight
