// Whether a program's parts fit together, so that no instruction reads or writes outside of its arrays.
#pragma once

#include "session.h"

namespace reweight {

// Throws ProgramError, naming the slot or the equation at fault. It makes sure that
// - slots have shapes that exist, and those of the workspace lie inside it
// - instructions name slots that there are, write none of the inputs, and read only what was written before
// - shapes, types, attributes and strides of every instruction belong together
// - outputs have been written and do not lie in the workspace, which later runs overwrite
void validate(const ProgramSpec& program);

}  // namespace reweight
