// Runs a program on a graphics card: the first run records its kernels as a CUDA graph, later runs replay the graph.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <vector>

namespace reweight {

class Replay {
 public:
  using Arrays = std::vector<at::Tensor>;
  using Run = std::function<Arrays(const Arrays&)>;

  Replay();
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  // `memory` is the address of the program's own arrays. A recording is valid only while they stay there.
  Arrays run(const void* memory, const Arrays& inputs, const Run& program);

 private:
  struct Recording;
  std::unique_ptr<Recording> recording_;
};

}  // namespace reweight
