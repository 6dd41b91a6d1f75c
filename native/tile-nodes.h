// A group's operations as a graph: checked, simplified, and with what the compiler must know about each.
#pragma once

#include <vector>

#include "tile-domain.h"
#include "tile-machine.h"

namespace reweight::tile {

constexpr int none = -1;

// How often a value has to be computed: operations on operands that repeat are hoisted out of the loop over blocks.
enum Rate { once, perRun, perBlock };

// A load, a constant or an operation; nodes are numbered as operands are.
struct Node {
  Code code = Code::load;
  int a = none, b = none;  // operands; loads and constants have none
  Rate rate = once;
  bool periodic = false;  // differs over the blocks of a period
  int uses = 0;           // by operations that are needed
  bool stored = false;
  bool hoisted = false;  // computed at one rate and read at another: needs a table
  std::vector<int> sums;
};

// Throws std::invalid_argument where operands are out of range.
std::vector<Node> nodesOf(const TileSpec& spec, const Domain& domain);

bool isBinary(Code code);

}  // namespace reweight::tile
