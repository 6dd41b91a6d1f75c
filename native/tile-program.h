// From a list of operations to instructions for the block machine.
#pragma once

#include <vector>

#include "tile-domain.h"
#include "tile-machine.h"
#include "tile-nodes.h"

namespace reweight::tile {

// A place is a block in memory that instructions name; what stands behind it moves from block to block.
struct Place {
  enum Kind {
    load,      // spec.loads[index], read where it stands
    store,     // spec.stores[index], written where it stands
    gathered,  // a block into which spec.loads[index] is collected before each block
    repeated,  // a table filled from spec.loads[index]: one block of an element, or a whole period of columns
    constant,  // a block of spec.constants[index]
    computed,  // a table that the code of a lower rate computes
    scratch,   // a block for values between instructions
    sum,       // lanes of spec.sums[index]
    unused,
  };
  Kind kind;
  int index = none;
  bool periodic = false;  // as many blocks as a period has, else a single one
  bool changesWithRun = false;
};

struct Program {
  std::vector<Place> places;
  std::vector<Instruction> code[3];    // for each rate
  std::vector<Instruction> lastBlock;  // as code[perBlock], for a block that ends early
  std::vector<bool> folded;            // for each sum: whether its lanes are folded, see foldedLength
};

// Throws std::invalid_argument where operands are out of range.
Program compile(const TileSpec& spec, const Domain& domain);

}  // namespace reweight::tile
