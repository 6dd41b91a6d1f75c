// Reads a program's description from JavaScript objects, which src/engines/torch/program.ts defines.
#pragma once

#include "given.h"
#include "session.h"

namespace reweight {

// Throws GivenError for a field that is missing or of another kind. Whether the parts fit together is the session's to
// check.
ProgramSpec programOf(const Napi::Value& description);

}  // namespace reweight
