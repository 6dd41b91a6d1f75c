#include "validate.h"

#include <algorithm>
#include <stdexcept>

namespace reweight {
namespace {

using Kind = SlotSpec::Kind;

[[noreturn]] void fail(const std::string& said) { throw std::invalid_argument(said); }

int64_t product(const std::array<int64_t, 4>& extents) { return extents[0] * extents[1] * extents[2] * extents[3]; }

class Validator {
 public:
  explicit Validator(const ProgramSpec& program)
      : program_(program), written_(program.slots.size(), false), inWorkspace_(program.slots.size(), false) {}

  void run() {
    about("workspace", [&] {
      if (program_.workspaceBytes < 0 || program_.workspaceBytes > kMostElements) {
        fail("expected a size from 0 to " + std::to_string(kMostElements) + " bytes, got " +
             std::to_string(program_.workspaceBytes));
      }
    });
    for (size_t i = 0; i < program_.slots.size(); i++) {
      about("slot " + std::to_string(i), [&] { checkSlot(i); });
    }
    about("inputs", [&] { checkInputs(); });
    for (const auto& instruction : program_.instructions) {
      about(instruction.equation, [&] { std::visit([&](const auto& spec) { check(spec); }, instruction.what); });
    }
    about("outputs", [&] { checkOutputs(); });
  }

 private:
  template <typename Check>
  static void about(const std::string& part, const Check& check) {
    try {
      check();
    } catch (const std::exception& error) {
      throw ProgramError(part + ": " + error.what());
    }
  }

  void checkSlot(size_t index) {
    const SlotSpec& slot = program_.slots[index];
    const auto elements = reweight::elementsOf(slot.shape);
    if (!elements) {
      fail("expected extents from 0 on with a product of at most " + std::to_string(kMostElements) + ", got " +
           describe(slot.shape));
    }
    elements_.push_back(*elements);
    if (slot.kind != Kind::work) return;
    inWorkspace_[index] = true;
    const int64_t size = static_cast<int64_t>(at::elementSize(slot.dtype)), bytes = *elements * size;
    if (slot.offset < 0 || slot.offset % size != 0 || slot.offset > program_.workspaceBytes - bytes) {
      fail("expected " + std::to_string(bytes) + " bytes inside a workspace of " +
           std::to_string(program_.workspaceBytes) + " at a multiple of " + std::to_string(size) + ", got the offset " +
           std::to_string(slot.offset));
    }
  }

  void checkInputs() {
    for (const int32_t slot : program_.inputs) {
      if (slotAt(slot).kind != Kind::input || written_[slot]) {
        fail("expected each input's slot once, got slot " + std::to_string(slot));
      }
      if (slotAt(slot).dtype == at::kBFloat16) fail("expected float or int, got slot " + described(slot));
      written_[slot] = true;
    }
    for (size_t slot = 0; slot < program_.slots.size(); slot++) {
      if (program_.slots[slot].kind == Kind::input && !written_[slot]) {
        fail("expected slot " + std::to_string(slot) + " among them");
      }
    }
  }

  void checkOutputs() const {
    for (const int32_t slot : program_.outputs) {
      expectWritten(slot);
      if (inWorkspace_[slot]) {
        fail("expected an array of its own, got slot " + std::to_string(slot) + ", which lies in the workspace");
      }
      if (slotAt(slot).dtype == at::kBFloat16) fail("expected float or int, got slot " + described(slot));
    }
  }

  const SlotSpec& slotAt(int32_t slot) const {
    if (slot >= 0 && static_cast<size_t>(slot) < program_.slots.size()) return program_.slots[slot];
    fail("expected one of the " + std::to_string(program_.slots.size()) + " slots, got slot " + std::to_string(slot));
  }
  std::string described(int32_t slot) const {
    return std::to_string(slot) + ", " + describe(ArraySpec{slotAt(slot).shape, slotAt(slot).dtype});
  }

  void expectWritten(int32_t slot) const {
    slotAt(slot);
    if (!written_[slot]) fail("expected slot " + std::to_string(slot) + " to be written before it is read");
  }
  // For instructions that go to the memory itself: a view's may lie in another order, or repeat elements.
  void expectMemory(int32_t slot, at::ScalarType dtype) const {
    if (slotAt(slot).kind == Kind::view) {
      fail("expected a slot with memory of its own, got slot " + std::to_string(slot) + ", a view");
    }
    if (slotAt(slot).dtype != dtype) {
      fail("expected " + std::string(at::toString(dtype)) + ", got slot " + described(slot));
    }
  }
  void expectElements(int32_t slot, int64_t count) const {
    if (elements_[slot] != count) fail("expected " + std::to_string(count) + " elements, got slot " + described(slot));
  }
  void expectWritable(int32_t slot) const {
    const Kind kind = slotAt(slot).kind;
    if (kind == Kind::input || kind == Kind::view) {
      fail("expected a slot to write to, got slot " + std::to_string(slot) + ", " +
           (kind == Kind::input ? "an input" : "a view"));
    }
  }

  void check(const RowSpec& spec) {
    const Row* row = rowOf(spec.op);
    if (!row) fail("the torch engine has no rule for the op \"" + spec.op + "\"");
    std::vector<ArraySpec> operands;
    for (const int32_t slot : spec.in) {
      expectWritten(slot);
      operands.push_back({slotAt(slot).shape, slotAt(slot).dtype});
    }
    const SlotSpec& out = slotAt(spec.out);
    const ArraySpec result = row->result(operands, spec.attributes);
    if (result.shape != out.shape || result.dtype != out.dtype) {
      fail("expected slot " + std::to_string(spec.out) + " to be " + describe(result) + ", got " + described(spec.out));
    }
    if (out.kind == Kind::view) {
      if (!row->view) fail("expected an op that moves no elements for a view, got \"" + spec.op + "\"");
      inWorkspace_[spec.out] = inWorkspace_[spec.in[0]];
    } else {
      expectWritable(spec.out);
    }
    written_[spec.out] = true;
  }

  void check(const TileSpec& spec) {
    const auto elements = reweight::elementsOf({spec.extents.begin(), spec.extents.end()});
    if (!elements) {
      fail("expected extents of a pass, got " + describe(Shape{spec.extents.begin(), spec.extents.end()}));
    }
    for (const auto& load : spec.loads) {
      expectWritten(load.slot);
      expectMemory(load.slot, at::kFloat);
      if (*elements > 0) expectInside(load, spec.extents);
    }
    for (const auto& store : spec.stores) {
      expectWritable(store.slot);
      expectMemory(store.slot, store.bfloat16 ? at::kBFloat16 : at::kFloat);
      expectElements(store.slot, *elements);
    }
    for (const auto& sum : spec.sums) {
      expectWritable(sum.slot);
      expectMemory(sum.slot, at::kFloat);
      expectElements(sum.slot, (sum.keepN ? spec.extents[0] : 1) * (sum.keepC ? spec.extents[2] : 1));
    }
    for (const auto& store : spec.stores) written_[store.slot] = true;
    for (const auto& sum : spec.sums) written_[sum.slot] = true;
  }

  // Whether a load's last element lies in its array.
  void expectInside(const TileSpec::Load& load, const std::array<int64_t, 3>& extents) const {
    int64_t behind = elements_[load.slot] - 1;  // elements behind the first one, and then behind each axis' last one
    for (int axis = 0; axis < 3; axis++) {
      const int64_t steps = extents[axis] - 1, stride = load.strides[axis];
      const bool leaves = steps > 0 && (stride < 0 || stride > behind / steps);
      if (behind < 0 || leaves) {
        fail("expected strides that stay inside slot " + described(load.slot) + ", got " +
             describe(Shape{load.strides.begin(), load.strides.end()}) + " over " +
             describe(Shape{extents.begin(), extents.end()}));
      }
      if (steps > 0) behind -= steps * stride;
    }
  }

  void check(const ConvolutionStep& step) {
    const ConvolutionSpec& spec = step.spec;
    // The convolution itself tells of extents that do not belong together.
    for (const auto& extents : {spec.x, spec.w, spec.g}) {
      if (!reweight::elementsOf({extents.begin(), extents.end()})) {
        fail("expected extents of an array, got " + describe(Shape{extents.begin(), extents.end()}));
      }
    }
    const at::ScalarType image = spec.bfloat16 ? at::kBFloat16 : at::kFloat;
    const bool isWeightGrad = spec.form == ConvolutionForm::weightGrad;
    const bool isInputGrad = spec.form == ConvolutionForm::inputGrad;
    expectOperand(step.a, isInputGrad ? spec.g : spec.x, image);
    expectOperand(step.b, isWeightGrad ? spec.g : spec.w, isWeightGrad ? image : at::kFloat);
    if (spec.accumulate) expectWritten(step.out);
    expectWritable(step.out);
    expectMemory(step.out, at::kFloat);
    expectElements(step.out, product(isWeightGrad ? spec.w : isInputGrad ? spec.x : spec.g));
    written_[step.out] = true;
  }

  void expectOperand(int32_t slot, const std::array<int64_t, 4>& extents, at::ScalarType dtype) const {
    expectWritten(slot);
    expectMemory(slot, dtype);
    expectElements(slot, product(extents));
  }

  const ProgramSpec& program_;
  std::vector<int64_t> elements_;  // of each slot
  std::vector<bool> written_;      // each slot, by the instructions so far
  std::vector<bool> inWorkspace_;  // each slot: whether it is, or views, memory of the workspace
};

}  // namespace

void validate(const ProgramSpec& program) { Validator(program).run(); }

}  // namespace reweight
