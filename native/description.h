// Reads a program's description from JavaScript objects, which src/engines/torch/program.ts defines.
#pragma once

// A worker that is being terminated accepts no exceptions, and nobody is left to read them.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#include <napi.h>

#include <vector>

#include "session.h"

namespace reweight {

ProgramSpec programOf(const Napi::Object& description);
std::vector<int64_t> integersOf(const Napi::Array& list);

}  // namespace reweight
