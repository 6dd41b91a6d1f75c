// A tiny test runner: groups of checks, one line for each, and an exit status.
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

// Ends a group, and says why.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Everything in a row, numbers with as many digits as float32 has.
template <typename... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream all;
  all.precision(9);
  (all << ... << parts);
  return all.str();
}

// Ends the group unless the condition holds; what follows the condition is put together only then.
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

// How much to do: 1 unless the first argument says otherwise. Random cases come in numbers proportional to it.
struct Effort {
  double factor;
  int cases(int usual) const { return usual * factor < 1 ? 1 : static_cast<int>(usual * factor); }
};

struct Group {
  const char* name;
  // Returns what is worth knowing about a group in which all is well.
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
