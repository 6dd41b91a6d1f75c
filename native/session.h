// A compiled graph: arrays with their places in memory, and the instructions that fill them. One call runs it.
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
  // work: at a planned offset of the workspace. view: a view of another array, made by an instruction.
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
  // The equation as the graph prints it; errors name it.
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
  // On a graphics card: factors of float32 products rounded to 19 bits; only kernels whose results do not vary by run.
  bool tf32 = false;
  bool deterministic = false;
};

// A failure, with the equation in which it occurred.
struct ProgramError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Step;
class Replay;

class Session {
 public:
  // Throws ProgramError naming the equation that cannot be compiled, GivenError for another number of threads than 1 to
  // 1024.
  Session(ProgramSpec spec, Settings settings, std::shared_ptr<Workspace> workspace);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Throws GivenError naming the input whose shape, type or device is not the program's, ProgramError naming the
  // equation that failed. The inputs stay unchanged.
  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs);
  // Runs once and returns the milliseconds of each instruction. Throws GivenError for a program that is not on the CPU.
  std::vector<double> profile(const std::vector<at::Tensor>& inputs);

 private:
  // Releases a run's inputs, outputs and views, even after an exception.
  struct Release {
    Session& session;
    ~Release();
  };
  void bindWorkspace();
  void expectInputs(const std::vector<at::Tensor>& inputs) const;
  at::TensorOptions options(const SlotSpec& slot) const;
  std::vector<at::Tensor> runOnce(const std::vector<at::Tensor>& inputs);
  void runSteps();

  ProgramSpec spec_;
  Settings settings_;
  std::shared_ptr<Workspace> workspace_;
  Workspace::Lease lease_;
  const void* bound_ = nullptr;  // the workspace into which `tensors_` point; null too if it has no bytes
  bool isBound_ = false;
  std::vector<at::Tensor> tensors_;
  std::vector<void*> memory_;
  std::vector<std::unique_ptr<Step>> steps_;
  std::vector<double>* profile_ = nullptr;  // receives the times during `profile`
  std::unique_ptr<Replay> replay_;  // on a graphics card
};

// Elements between neighbours along each axis: channels-last for images, else row-major.
std::vector<int64_t> stridesOf(const std::vector<int64_t>& shape);
// The memory order of an array: channels-last for images, else row-major.
at::MemoryFormat formatOf(size_t rank);
// The message of an exception, without ATen's stack trace.
std::string messageOf(const std::exception& error);

}  // namespace reweight
