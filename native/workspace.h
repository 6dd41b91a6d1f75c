// Memory for the arrays inside programs, one block for all programs of an environment: they run one after another.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <set>

namespace reweight {

class Workspace {
 public:
  explicit Workspace(at::Device device) : device_(device) {}

  // A program's claim to a number of bytes, given back when it goes.
  class Lease {
   public:
    Lease(Workspace& workspace, int64_t bytes);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

   private:
    Workspace& workspace_;
    std::multiset<int64_t>::iterator claim_;
  };

  // Where the block begins now; it moves when a larger claim comes. Made when first asked for.
  char* base();
  int64_t bytes() const { return block_.defined() ? block_.numel() : 0; }

 private:
  at::Device device_;
  std::multiset<int64_t> claims_;
  at::Tensor block_;
};

}  // namespace reweight
