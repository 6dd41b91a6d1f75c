#include "session.h"

#include <c10/core/InferenceMode.h>

#include <chrono>

#include "device.h"
#include "errors.h"
#include "replay.h"
#include "shapes.h"
#include "threads.h"
#include "validate.h"

namespace reweight {

at::MemoryFormat formatOf(size_t rank) {
  return rank == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

std::string messageOf(const std::exception& error) {
  const auto* own = dynamic_cast<const c10::Error*>(&error);
  return own ? own->what_without_backtrace() : error.what();
}

std::vector<int64_t> stridesOf(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t step = 1;
  const auto place = [&](size_t axis) {
    strides[axis] = step;
    step *= shape[axis];
  };
  if (shape.size() == 4) {
    for (const size_t axis : {1, 3, 2, 0}) place(axis);
  } else {
    for (size_t axis = shape.size(); axis-- > 0;) place(axis);
  }
  return strides;
}

// One prepared instruction.
class Step {
 public:
  virtual ~Step() = default;
  virtual void run(std::vector<at::Tensor>& tensors, std::vector<void*>& memory) = 0;
};

namespace {

class RowStep : public Step {
 public:
  RowStep(const RowSpec& spec, bool isView) : spec_(spec), row_(rowOf(spec.op)), isView_(isView), in_(spec.in.size()) {}
  void run(std::vector<at::Tensor>& tensors, std::vector<void*>& memory) override {
    for (size_t i = 0; i < in_.size(); i++) {
      in_[i] = tensors[spec_.in[i]];
    }
    if (isView_) {
      tensors[spec_.out] = row_->view(in_, spec_.attributes);
      memory[spec_.out] = tensors[spec_.out].data_ptr();
    } else if (row_->write) {
      row_->write(tensors[spec_.out], in_, spec_.attributes);
    } else {
      tensors[spec_.out].copy_(row_->view(in_, spec_.attributes));
    }
    for (auto& operand : in_) operand.reset();
  }

 private:
  const RowSpec& spec_;
  const Row* row_;
  bool isView_;
  Operands in_;
};

class TileStep : public Step {
 public:
  TileStep(const TileSpec& spec, int threads) : kernel_(spec, threads) {}
  void run(std::vector<at::Tensor>&, std::vector<void*>& memory) override { kernel_.run(memory.data()); }

 private:
  TileKernel kernel_;
};

class DirectConvolution : public Step {
 public:
  DirectConvolution(const ConvolutionStep& spec, int threads)
      : spec_(spec), convolution_(makeConvolution(spec.spec, threads)) {}
  void run(std::vector<at::Tensor>&, std::vector<void*>& memory) override {
    convolution_->run(memory[spec_.a], memory[spec_.b], memory[spec_.out]);
  }

 private:
  const ConvolutionStep& spec_;
  std::unique_ptr<Convolution> convolution_;
};

struct StepMaker {
  const std::vector<SlotSpec>& slots;
  int threads;
  std::unique_ptr<Step> operator()(const RowSpec& spec) const {
    return std::make_unique<RowStep>(spec, slots.at(spec.out).kind == SlotSpec::Kind::view);
  }
  std::unique_ptr<Step> operator()(const TileSpec& spec) const { return std::make_unique<TileStep>(spec, threads); }
  std::unique_ptr<Step> operator()(const ConvolutionStep& spec) const {
    return std::make_unique<DirectConvolution>(spec, threads);
  }
};

// A process that asks the system for more threads than it gives is ended by OpenMP.
constexpr int kMostThreads = 1024;

// Denormals appear as momentum decays, and slow arithmetic down a hundredfold.
void flushDenormals() { at::globalContext().setFlushDenormal(true); }

}  // namespace

Session::Session(ProgramSpec spec, Settings settings, std::shared_ptr<Workspace> workspace)
    : spec_(std::move(spec)),
      settings_(settings),
      workspace_(std::move(workspace)),
      lease_(*workspace_, spec_.workspaceBytes),
      tensors_(spec_.slots.size()),
      memory_(spec_.slots.size(), nullptr) {
  if (settings_.threads < 1 || settings_.threads > kMostThreads) {
    throw outOfRange("threads", "expected a number from 1 to " + std::to_string(kMostThreads) + ", got " +
                                    std::to_string(settings_.threads));
  }
  validate(spec_);
  useThreads(settings_.threads);
  flushDenormals();
  for (const auto& instruction : spec_.instructions) {
    try {
      steps_.push_back(std::visit(StepMaker{spec_.slots, settings_.threads}, instruction.what));
    } catch (const std::exception& error) {
      throw ProgramError(instruction.equation + ": " + messageOf(error));
    }
  }
}

Session::~Session() = default;

at::TensorOptions Session::options(const SlotSpec& slot) const {
  return at::TensorOptions(settings_.device).dtype(slot.dtype);
}

void Session::bindWorkspace() {
  char* base = workspace_->base();
  if (isBound_ && base == bound_) return;
  for (size_t i = 0; i < spec_.slots.size(); i++) {
    const SlotSpec& slot = spec_.slots[i];
    if (slot.kind != SlotSpec::Kind::work) continue;
    memory_[i] = base + slot.offset;
    tensors_[i] = at::from_blob(memory_[i], slot.shape, stridesOf(slot.shape), options(slot));
  }
  bound_ = base;
  isBound_ = true;
}

void Session::expectInputs(const std::vector<at::Tensor>& inputs) const {
  if (inputs.size() != spec_.inputs.size()) {
    throw outOfRange("inputs", "expected " + std::to_string(spec_.inputs.size()) + " arrays, got " +
                                   std::to_string(inputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); i++) {
    const SlotSpec& slot = spec_.slots[spec_.inputs[i]];
    const at::Tensor& got = inputs[i];
    const bool isKind = got.scalar_type() == slot.dtype && got.device() == settings_.device;
    // Instructions address the memory itself.
    if (isKind && got.sizes() == slot.shape && got.is_contiguous(formatOf(slot.shape.size()))) continue;
    const std::string said = "expected " + describe(ArraySpec{slot.shape, slot.dtype}) + " on " +
                             settings_.device.str() + ", got " +
                             describe(ArraySpec{got.sizes().vec(), got.scalar_type()}) + " on " + got.device().str();
    const std::string where = "inputs[" + std::to_string(i) + "]";
    throw isKind ? outOfRange(where, said) : wrongKind(where, said);
  }
}

std::vector<at::Tensor> Session::run(const std::vector<at::Tensor>& inputs) {
  expectInputs(inputs);
  const c10::InferenceMode noAutograd;
  useThreads(settings_.threads);
  flushDenormals();
  bindWorkspace();
  if (!settings_.device.is_cuda()) return runOnce(inputs);
  useKernels(settings_.tf32, settings_.deterministic);
  if (!replay_) replay_ = std::make_unique<Replay>();
  return replay_->run(bound_, inputs, [this](const auto& arrays) { return runOnce(arrays); });
}

std::vector<double> Session::profile(const std::vector<at::Tensor>& inputs) {
  // A graphics card works on while the program goes on, and a recorded program has no instructions left to time.
  if (!settings_.device.is_cpu()) {
    throw wrongKind("device", "expected a program on the CPU to profile, got one on " + settings_.device.str());
  }
  std::vector<double> milliseconds(steps_.size());
  struct Timing {
    std::vector<double>*& into;
    ~Timing() { into = nullptr; }
  };
  profile_ = &milliseconds;
  const Timing timing{profile_};
  run(inputs);
  return milliseconds;
}

std::vector<at::Tensor> Session::runOnce(const std::vector<at::Tensor>& inputs) {
  for (size_t i = 0; i < inputs.size(); i++) {
    tensors_[spec_.inputs[i]] = inputs[i];
    memory_[spec_.inputs[i]] = inputs[i].data_ptr();
  }
  for (size_t i = 0; i < spec_.slots.size(); i++) {
    const SlotSpec& slot = spec_.slots[i];
    if (slot.kind != SlotSpec::Kind::output) continue;
    tensors_[i] = at::empty(slot.shape, options(slot).memory_format(formatOf(slot.shape.size())));
    memory_[i] = tensors_[i].data_ptr();
  }
  const Release release{*this};
  runSteps();
  std::vector<at::Tensor> outputs;
  outputs.reserve(spec_.outputs.size());
  for (const int32_t slot : spec_.outputs) {
    // Outputs are dense: repeated elements are written out.
    outputs.push_back(tensors_[slot].contiguous(formatOf(tensors_[slot].dim())));
  }
  return outputs;
}

Session::Release::~Release() {
  for (size_t i = 0; i < session.tensors_.size(); i++) {
    if (session.spec_.slots[i].kind != SlotSpec::Kind::work) session.tensors_[i].reset();
  }
}

void Session::runSteps() {
  using Clock = std::chrono::steady_clock;
  for (size_t i = 0; i < steps_.size(); i++) {
    const auto started = profile_ ? Clock::now() : Clock::time_point();
    try {
      steps_[i]->run(tensors_, memory_);
      if (profile_) profile_->at(i) = std::chrono::duration<double, std::milli>(Clock::now() - started).count();
    } catch (const std::exception& error) {
      throw ProgramError(spec_.instructions[i].equation + ": " + messageOf(error));
    }
  }
}

}  // namespace reweight
