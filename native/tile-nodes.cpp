// Makes nodes from the entries of a spec.
#include "tile-nodes.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace reweight::tile {
namespace {

Code codeOf(TileOp op) {
  switch (op) {
    case TileOp::add: return Code::add;
    case TileOp::sub: return Code::sub;
    case TileOp::mul: return Code::mul;
    case TileOp::neg: return Code::neg;
    case TileOp::relu: return Code::relu;
    case TileOp::step: return Code::step;
    case TileOp::reciprocal: return Code::reciprocal;
    case TileOp::sqrt: return Code::sqrt;
    case TileOp::exp: return Code::exp;
    case TileOp::log: return Code::log;
    case TileOp::tanh: return Code::tanh;
    case TileOp::sigmoid: return Code::sigmoid;
    case TileOp::softplus: return Code::softplus;
    case TileOp::equal: return Code::equal;
  }
  throw std::invalid_argument("TileSpec: unknown operation " + std::to_string(static_cast<int>(op)));
}

// The compiler walks down the operands by recursion, some 100 bytes of stack for each operation; a worker thread of Node
// has 4 MiB.
constexpr int deepest = 16384;

int checked(int operand, size_t count, const char* who, size_t index) {
  if (operand >= 0 && static_cast<size_t>(operand) < count) return operand;
  throw std::invalid_argument("TileSpec: " + std::string(who) + " " + std::to_string(index) + " names operand " +
                              std::to_string(operand) + " where there are " + std::to_string(count));
}

Node loadNode(const TileSpec::Load& load, const Domain& domain) {
  const LoadAccess found = accessOf(load, domain);
  Node node;
  node.periodic = found.access == Access::periodic;
  const bool repeats = found.access == Access::constant || node.periodic;
  node.rate = !repeats ? perBlock : found.changesWithRun ? perRun : once;
  return node;
}

// A product with itself becomes a square; a product with a step absorbs the step.
void simplifyProduct(Node& product, const std::vector<Node>& nodes) {
  if (product.a == product.b) {
    product.code = Code::square;
    product.b = none;
    return;
  }
  if (nodes[product.a].code == Code::step) std::swap(product.a, product.b);
  if (nodes[product.b].code == Code::step) {
    product.code = Code::mulStep;
    product.b = nodes[product.b].a;
  }
}

Node operationNode(const TileSpec::Op& op, size_t index, const std::vector<Node>& nodes) {
  Node node;
  node.code = codeOf(op.op);
  node.a = checked(op.a, nodes.size(), "operation", index);
  if (isBinary(node.code)) {
    node.b = checked(op.b, nodes.size(), "operation", index);
  } else if (op.b != none) {
    throw std::invalid_argument("TileSpec: operation " + std::to_string(index) + " takes one operand, b must be -1");
  }
  if (node.code == Code::mul) simplifyProduct(node, nodes);
  node.rate = nodes[node.a].rate;
  node.periodic = nodes[node.a].periodic;
  if (node.b != none) {
    node.rate = std::max(node.rate, nodes[node.b].rate);
    node.periodic = node.periodic || nodes[node.b].periodic;
  }
  node.depth = 1 + std::max(nodes[node.a].depth, node.b == none ? 0 : nodes[node.b].depth);
  if (node.depth > deepest) {
    throw std::invalid_argument("TileSpec: operations nest deeper than " + std::to_string(deepest));
  }
  return node;
}

// From the last operation to the first: whether an operation is needed must be known before its operands are counted.
void countUses(std::vector<Node>& nodes) {
  for (size_t index = nodes.size(); index-- > 0;) {
    Node& node = nodes[index];
    const bool leaves = node.stored || !node.sums.empty();
    if (node.a == none || (node.uses == 0 && !leaves)) continue;
    if (node.rate < perBlock && leaves) node.hoisted = true;
    const auto use = [&](int operand) {
      ++nodes[operand].uses;
      if (nodes[operand].rate < node.rate) nodes[operand].hoisted = true;
    };
    use(node.a);
    if (node.b != none && node.b != node.a) use(node.b);
  }
}

}  // namespace

bool isBinary(Code code) { return code >= Code::add && code <= Code::equal; }

std::vector<Node> nodesOf(const TileSpec& spec, const Domain& domain) {
  std::vector<Node> nodes;
  for (const auto& load : spec.loads) nodes.push_back(loadNode(load, domain));
  nodes.resize(nodes.size() + spec.constants.size());
  for (size_t index = 0; index < spec.ops.size(); ++index) {
    nodes.push_back(operationNode(spec.ops[index], index, nodes));
  }
  for (size_t index = 0; index < spec.sums.size(); ++index) {
    const int operand = checked(spec.sums[index].operand, nodes.size(), "sum", index);
    nodes[operand].sums.push_back(static_cast<int>(index));
  }
  for (size_t index = 0; index < spec.stores.size(); ++index) {
    nodes[checked(spec.stores[index].operand, nodes.size(), "store", index)].stored = true;
  }
  countUses(nodes);
  return nodes;
}

}  // namespace reweight::tile
