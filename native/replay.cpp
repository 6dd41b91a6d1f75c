#include "replay.h"

#ifdef REWEIGHT_CUDA

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <exception>

namespace reweight {

struct Replay::Recording {
  const void* memory;
  Arrays inputs;  // at fixed addresses
  Arrays outputs;
  at::cuda::CUDAGraph graph;
};

Replay::Replay() = default;
Replay::~Replay() = default;

namespace {

// Records what the program does on the current stream. If the program throws, the stream is left as it was: a stream
// that stays in capture mode fails every later call.
Replay::Arrays capture(at::cuda::CUDAGraph& graph, const Replay::Arrays& inputs, const Replay::Run& program) {
  graph.capture_begin();
  Replay::Arrays outputs;
  try {
    outputs = program(inputs);
  } catch (...) {
    try {
      graph.capture_end();
    } catch (const std::exception&) {  // the recording is invalid, which is known: the program's own error counts
    }
    throw;
  }
  graph.capture_end();
  return outputs;
}

}  // namespace

Replay::Arrays Replay::run(const void* memory, const Arrays& inputs, const Run& program) {
  if (!recording_ || recording_->memory != memory) {
    recording_.reset();
    // Kept only when it is complete: half a recording would be replayed by the next run.
    auto fresh = std::make_unique<Recording>();
    fresh->memory = memory;
    for (const auto& input : inputs) fresh->inputs.push_back(input.clone());
    // Recording needs a stream other than the default one, and a first run in which libraries initialise themselves.
    const auto stream = c10::cuda::getStreamFromPool();
    const c10::cuda::CUDAStreamGuard guard(stream);
    c10::cuda::device_synchronize();
    program(fresh->inputs);
    fresh->outputs = capture(fresh->graph, fresh->inputs, program);
    c10::cuda::device_synchronize();
    recording_ = std::move(fresh);
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
