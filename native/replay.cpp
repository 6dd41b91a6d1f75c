#include "replay.h"

#ifdef REWEIGHT_CUDA

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace reweight {

struct Replay::Recording {
  const void* memory;
  Arrays inputs;  // at fixed addresses
  Arrays outputs;
  at::cuda::CUDAGraph graph;
};

Replay::Replay() = default;
Replay::~Replay() = default;

Replay::Arrays Replay::run(const void* memory, const Arrays& inputs, const Run& program) {
  if (!recording_ || recording_->memory != memory) {
    recording_ = std::make_unique<Recording>();
    recording_->memory = memory;
    for (const auto& input : inputs) recording_->inputs.push_back(input.clone());
    // Recording needs a stream other than the default one, and a first run in which libraries initialise themselves.
    const auto stream = c10::cuda::getStreamFromPool();
    const c10::cuda::CUDAStreamGuard guard(stream);
    c10::cuda::device_synchronize();
    program(recording_->inputs);
    recording_->graph.capture_begin();
    recording_->outputs = program(recording_->inputs);
    recording_->graph.capture_end();
    c10::cuda::device_synchronize();
  }
  for (size_t i = 0; i < inputs.size(); i++) recording_->inputs[i].copy_(inputs[i], true);
  recording_->graph.replay();
  Arrays outputs;
  for (const auto& output : recording_->outputs) outputs.push_back(output.clone());
  return outputs;
}

}  // namespace reweight

#else

#include <stdexcept>

namespace reweight {

struct Replay::Recording {};

Replay::Replay() = default;
Replay::~Replay() = default;

Replay::Arrays Replay::run(const void*, const Arrays&, const Run&) {
  throw std::runtime_error("this build's libtorch has no CUDA");
}

}  // namespace reweight

#endif
