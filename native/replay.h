// A program on a graphics card: its kernels are recorded once, as a CUDA graph, and played again from then on.
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

  // `memory` is where the program's own arrays are: a recording holds as long as they stay there.
  Arrays run(const void* memory, const Arrays& inputs, const Run& program);

 private:
  struct Recording;
  std::unique_ptr<Recording> recording_;
};

}  // namespace reweight
