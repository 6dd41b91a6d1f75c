// A tiny test runner: groups of checks, one line per group, and an exit status.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace reweight::test {

// Ends a group; the message is the reason.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Joins all parts to a text; numbers have float32's digits.
template <typename... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream all;
  all.precision(9);
  (all << ... << parts);
  return all.str();
}

// Ends the group unless the condition holds; only then is the message of the further arguments built.
#define EXPECT(condition, ...)             \
  if (!(condition))                        \
  throw ::reweight::test::Failure(         \
      ::reweight::test::text(__FILE__, ":", __LINE__, ": " #condition " ", ##__VA_ARGS__))

// The message of what `action` throws. Ends the group if it throws nothing, or something else.
template <typename Error, typename Action>
std::string thrownBy(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  throw Failure("expected an error, and nothing was thrown");
}

// The amount of work: 1 unless the first argument says otherwise. The number of random cases is proportional to it.
struct Effort {
  double factor;
  int cases(int usual) const { return usual * factor < 1 ? 1 : static_cast<int>(usual * factor); }
};

struct Group {
  const char* name;
  // Returns a remark about a group that passed.
  std::function<std::string(Effort)> run;
};

// The body of main.
inline int runGroups(int argc, char** argv, const std::vector<Group>& groups) {
  const Effort effort{argc > 1 ? std::atof(argv[1]) : 1.0};
  int failed = 0;
  for (const Group& group : groups) {
    try {
      const std::string remark = group.run(effort);
      std::printf("ok      %s%s%s\n", group.name, remark.empty() ? "" : ": ", remark.c_str());
    } catch (const std::exception& error) {
      failed++;
      std::printf("FAILED  %s: %s\n", group.name, error.what());
    }
    std::fflush(stdout);
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace reweight::test
