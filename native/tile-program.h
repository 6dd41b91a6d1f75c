// Compiles a list of operations to instructions for the block machine.
#pragma once

#include <vector>

#include "tile-domain.h"
#include "tile-machine.h"
#include "tile-nodes.h"

namespace reweight::tile {

// A place is a block in memory that instructions name. Its address may move from block to block.
struct Place {
  enum Kind {
    load,      // spec.loads[index], read in place
    store,     // spec.stores[index], written in place
    gathered,  // a block into which spec.loads[index] is collected before each block
    repeated,  // a table filled from spec.loads[index]: one block of an element, or a whole period of columns
    constant,  // a block of spec.constants[index]
    computed,  // a table, computed by the code of a lower rate
    scratch,   // a block for values between instructions
    sum,       // lanes of spec.sums[index]
    unused,
  };
  Kind kind;
  int index = none;
  bool periodic = false;  // as many blocks as a period, else a single one
  bool changesWithRun = false;
};

struct Program {
  std::vector<Place> places;
  std::vector<Instruction> code[3];    // for each rate
  std::vector<Instruction> lastBlock;  // code[perBlock] for a short last block
  std::vector<bool> folded;            // for each sum: whether its lanes are folded, see foldedLength
};

// Throws std::invalid_argument if operands are out of range.
Program compile(const TileSpec& spec, const Domain& domain);

}  // namespace reweight::tile
