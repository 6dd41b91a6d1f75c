// A group's operations as a graph: checked, simplified, and annotated for the compiler.
#pragma once

#include <vector>

#include "tile-domain.h"
#include "tile-machine.h"

namespace reweight::tile {

constexpr int none = -1;

// How often a value is computed. Operations on repeated operands are hoisted out of the loop over blocks.
enum Rate { once, perRun, perBlock };

// A load, a constant or an operation. Nodes have the numbers of operands.
struct Node {
  Code code = Code::load;
  int a = none, b = none;  // operands; none for loads and constants
  Rate rate = once;
  bool periodic = false;  // differs between the blocks of a period
  int depth = 0;          // operations on the longest way from a load or constant
  int uses = 0;           // by operations that are needed
  bool stored = false;
  bool hoisted = false;  // computed at one rate and read at another, so it needs a table
  std::vector<int> sums;
};

// Throws std::invalid_argument if operands are out of range.
std::vector<Node> nodesOf(const TileSpec& spec, const Domain& domain);

bool isBinary(Code code);

}  // namespace reweight::tile
