// Fused elementwise computation on the CPU: one pass over memory for a whole group of equations.
//
// A group runs over a domain of extents [N, M, C], C innermost. For images in channels-last memory N is the batch, M
// the pixels, C the channels. Operands are read block by block, and a short list of operations runs on each block.
// Results are stored and sums accumulated in the same pass.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace reweight {

enum class TileOp : int32_t {
  add, sub, mul, neg, relu, step, reciprocal, sqrt, exp, log, tanh, sigmoid, softplus, equal,
};

struct TileSpec {
  // An array that is read. Element (n, m, c) is at n·strides[0] + m·strides[1] + c·strides[2]; a stride of 0 repeats
  // it.
  struct Load {
    int32_t slot;
    std::array<int64_t, 3> strides;
  };
  // One operation. Operands are numbered: loads first, then constants, then the results of operations in order.
  struct Op {
    TileOp op;
    int32_t a;
    int32_t b;  // -1 for unary operations
  };
  // A dense result [N, M, C], rounded to bfloat16 on request.
  struct Store {
    int32_t slot;
    int32_t operand;
    bool bfloat16;
  };
  // Sums of an operand over the axes that are not kept; M is never kept. The result is dense, with the kept extents.
  struct Sum {
    int32_t slot;
    int32_t operand;
    bool keepN;
    bool keepC;
  };

  std::array<int64_t, 3> extents;
  std::vector<Load> loads;
  std::vector<float> constants;
  std::vector<Op> ops;
  std::vector<Store> stores;
  std::vector<Sum> sums;
};

// A group prepared to run. Results depend only on the operands and `threads`.
class TileKernel {
 public:
  TileKernel(TileSpec spec, int threads);
  ~TileKernel();
  TileKernel(TileKernel&&) noexcept;
  TileKernel& operator=(TileKernel&&) noexcept;

  // `memory[slot]` is the address of each slot's array. A store may overwrite a load element for element.
  void run(void* const* memory) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace reweight
