// The workspace: memory for arrays inside programs. Programs run one after another, so one block serves all programs of
// an environment.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <set>

namespace reweight {

class Workspace {
 public:
  explicit Workspace(at::Device device) : device_(device) {}

  // A program's claim to a number of bytes, released by its destructor.
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

  // Address of the block, allocated at the first call. It moves when a larger claim arrives.
  char* base();
  int64_t bytes() const { return block_.defined() ? block_.numel() : 0; }

 private:
  at::Device device_;
  std::multiset<int64_t> claims_;
  at::Tensor block_;
};

}  // namespace reweight
