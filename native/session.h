// A compiled graph: arrays with their places in memory, and the instructions that fill them, run in one call.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "attributes.h"
#include "convolution.h"
#include "rows.h"
#include "tile.h"
#include "workspace.h"

namespace reweight {

struct SlotSpec {
  // work: at a planned offset of the workspace. view: another look at an array, made by an instruction. The rest speak for themselves.
  enum class Kind { input, output, work, view };
  Kind kind;
  std::vector<int64_t> shape;
  at::ScalarType dtype;
  int64_t offset;  // bytes, of a work slot
};

struct RowSpec {
  std::string op;
  Attributes attributes;
  std::vector<int32_t> in;
  int32_t out;
};

struct ConvolutionStep {
  ConvolutionSpec spec;
  int32_t a, b, out;
};

struct InstructionSpec {
  // What the instruction computes, in the graph's words: errors name it.
  std::string equation;
  std::variant<RowSpec, TileSpec, ConvolutionStep> what;
};

struct ProgramSpec {
  std::string name;
  std::vector<SlotSpec> slots;
  std::vector<int32_t> inputs, outputs;
  std::vector<InstructionSpec> instructions;
  int64_t workspaceBytes;
};

struct Settings {
  at::Device device{at::kCPU};
  int threads = 1;
  // Of a graphics card: float32 products rounded to 19 bits, and kernels alone whose results do not vary from run to run.
  bool tf32 = false;
  bool deterministic = false;
};

// What failed, with the equation it failed in.
struct ProgramError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Step;
class Replay;

class Session {
 public:
  // Throws ProgramError naming the equation that cannot be compiled.
  Session(ProgramSpec spec, Settings settings, std::shared_ptr<Workspace> workspace);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Throws ProgramError naming the equation that failed. Arrays given stay as they are.
  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs);
  // Runs once and says how many milliseconds each instruction took, on the CPU.
  std::vector<double> profile(const std::vector<at::Tensor>& inputs);

 private:
  // Lets go of a run's inputs and outputs, however it ended.
  struct Release {
    Session& session;
    ~Release();
  };
  void bindWorkspace();
  at::TensorOptions options(const SlotSpec& slot) const;
  std::vector<at::Tensor> runOnce(const std::vector<at::Tensor>& inputs);
  void runSteps();

  ProgramSpec spec_;
  Settings settings_;
  std::shared_ptr<Workspace> workspace_;
  Workspace::Lease lease_;
  const void* bound_ = nullptr;  // the workspace that `tensors_` point into
  std::vector<at::Tensor> tensors_;
  std::vector<void*> memory_;
  std::vector<std::unique_ptr<Step>> steps_;
  std::vector<double>* profile_ = nullptr;  // where times go while one is taken
  std::unique_ptr<Replay> replay_;  // on a graphics card
};

// Elements between neighbours along each axis, in that order of memory.
std::vector<int64_t> stridesOf(const std::vector<int64_t>& shape);
// The memory order of an array: images are channels-last, everything else as its shape says.
at::MemoryFormat formatOf(size_t rank);
// The message of anything thrown, without ATen's own stack.
std::string messageOf(const std::exception& error);

}  // namespace reweight
