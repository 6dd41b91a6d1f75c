// Sessions without Node: rows, fused groups and convolutions in one program, errors, lifetimes.
#include "session.h"

#include <cmath>
#include <thread>

#include "check.h"
#include "errors.h"

namespace reweight::test {
namespace {

using Kind = SlotSpec::Kind;
using Images = std::array<int64_t, 4>;

const Images kX{2, 16, 6, 5}, kW{16, 16, 3, 3};
constexpr int64_t kBytesOfX = 2 * 16 * 6 * 5 * sizeof(float);
// Larger than the spare room of any smaller block.
constexpr int64_t kRoomy = int64_t{64} << 20;

std::vector<int64_t> list(const Images& extents) { return {extents.begin(), extents.end()}; }

std::shared_ptr<Workspace> newWorkspace() { return std::make_shared<Workspace>(at::kCPU); }

Settings onThreads(int threads) {
  Settings settings;
  settings.threads = threads;
  return settings;
}

// total = Σ relu(conv(x, w) + x): a convolution into the workspace, a fused group over it, a view and a sum by ATen.
ProgramSpec residualSum() {
  ProgramSpec program;
  program.name = "residual sum";
  program.slots = {{Kind::input, list(kX), at::kFloat, 0},        {Kind::input, list(kW), at::kFloat, 0},
                   {Kind::work, list(kX), at::kFloat, 0},         {Kind::work, list(kX), at::kFloat, kBytesOfX},
                   {Kind::view, {2, 16 * 30}, at::kFloat, 0},     {Kind::output, {2, 1}, at::kFloat, 0},
                   {Kind::output, list(kX), at::kFloat, 0}};
  program.inputs = {0, 1};
  program.outputs = {5, 6};
  program.workspaceBytes = 2 * kBytesOfX;

  const std::array<int64_t, 3> strides{480, 16, 1};
  TileSpec group{{2, 30, 16}, {{2, strides}, {0, strides}}, {}, {{TileOp::add, 0, 1}, {TileOp::relu, 2, -1}}, {}, {}};
  group.stores = {{3, 3, false}, {6, 3, false}};
  RowSpec flat{"reshape", {}, {3}, 4}, sum{"sum", {}, {4}, 5};
  flat.attributes.set("shape", {2, 480});
  sum.attributes.set("axes", {1});
  const ConvolutionSpec convolution{ConvolutionForm::forward, kX, kW, kX, 1, 1, false, false};
  program.instructions = {{"%2 = conv2d %0 %1", ConvolutionStep{convolution, 0, 1, 2}},
                          {"%3 = relu add %2 %0", group},
                          {"%4 = reshape %3", flat},
                          {"%5 = sum %4", sum}};
  return program;
}

// rows = gather (-table) index
ProgramSpec lookup() {
  ProgramSpec program;
  program.name = "lookup";
  program.slots = {{Kind::input, {3, 2}, at::kFloat, 0},
                   {Kind::input, {2}, at::kInt, 0},
                   {Kind::work, {3, 2}, at::kFloat, 0},
                   {Kind::output, {2, 2}, at::kFloat, 0}};
  program.inputs = {0, 1};
  program.outputs = {3};
  program.workspaceBytes = 3 * 2 * sizeof(float);
  const TileSpec negation{{1, 1, 6}, {{0, {6, 6, 1}}}, {}, {{TileOp::neg, 0, -1}}, {{2, 1, false}}, {}};
  program.instructions = {{"%2 = neg %0", negation}, {"%3 = gather %2 %1", RowSpec{"gather", {}, {2, 1}, 3}}};
  return program;
}

at::Tensor images(const Images& extents, double scale) {
  const int64_t count = extents[0] * extents[1] * extents[2] * extents[3];
  const at::Tensor values = at::arange(count, at::kFloat).mul(0.7).sin().mul(scale).reshape(list(extents));
  return values.contiguous(at::MemoryFormat::ChannelsLast);
}

std::vector<at::Tensor> inputsOfSum() { return {images(kX, 1), images(kW, 0.1)}; }

at::Tensor wantedImages(const std::vector<at::Tensor>& in) {
  return at::relu(at::conv2d(in[0].to(at::kDouble), in[1].to(at::kDouble), {}, 1, 1) + in[0]).to(at::kFloat);
}

void checkSum(Session& session) {
  const auto inputs = inputsOfSum();
  const auto outputs = session.run(inputs);
  const at::Tensor want = wantedImages(inputs);
  EXPECT(outputs.size() == 2);
  EXPECT(outputs[1].is_contiguous(at::MemoryFormat::ChannelsLast));
  const float difference = (outputs[1] - want).abs().max().item<float>();
  EXPECT(difference < 1e-4, "images differ by ", difference);
  EXPECT(at::allclose(outputs[0], want.reshape({2, 480}).sum(1, true), 1e-4, 1e-4));
}

std::string everyKind(Effort) {
  for (int threads = 1; threads <= 2; threads++) {
    Session session(residualSum(), onThreads(threads), newWorkspace());
    checkSum(session);
  }
  return "";
}

// Results of earlier runs stay unchanged, and no run affects the next.
std::string manyRuns(Effort effort) {
  Session session(residualSum(), onThreads(2), newWorkspace());
  const auto inputs = inputsOfSum();
  const auto first = session.run(inputs);
  const auto kept = first[1].clone();
  const int runs = effort.cases(2000);
  for (int run = 0; run < runs; run++) {
    const auto outputs = session.run(inputs);
    EXPECT(at::equal(outputs[0], first[0]) && at::equal(outputs[1], first[1]), "run ", run);
    EXPECT(outputs[1].data_ptr() != first[1].data_ptr(), "a result was given out twice");
  }
  session.run({images(kX, 2), images(kW, 0.3)});
  EXPECT(at::equal(first[1], kept), "a later run wrote into an earlier result");
  EXPECT(inputs[0].use_count() == 1, "the session holds on to an input");
  return text(runs, " runs");
}

std::string errorMidRun(Effort) {
  Session session(lookup(), onThreads(1), newWorkspace());
  const at::Tensor table = at::arange(6, at::kFloat).reshape({3, 2});
  const auto index = [](int a, int b) { return at::tensor({a, b}, at::kInt); };
  for (int time = 0; time < 3; time++) {
    const std::string message = thrownBy<ProgramError>([&] { session.run({table, index(0, 7)}); });
    EXPECT(message.rfind("%3 = gather %2 %1: ", 0) == 0 && message.find("index") != std::string::npos, message);
    EXPECT(table.use_count() == 1, "the failed run holds on to an input");
    const auto rows = session.run({table, index(2, 0)});
    EXPECT(at::equal(rows[0], -table.index_select(0, index(2, 0))));
  }
  return "";
}

std::string refusedPrograms(Effort) {
  const auto workspace = newWorkspace();
  ProgramSpec unknown = lookup(), misfit = residualSum();
  unknown.instructions[1].what = RowSpec{"nonsense", {}, {0}, 3};
  EXPECT(thrownBy<ProgramError>([&] { Session(unknown, onThreads(1), workspace); }) ==
        "%3 = gather %2 %1: the torch engine has no rule for the op \"nonsense\"");
  std::get<ConvolutionStep>(misfit.instructions[0].what).spec.stride = 2;
  const std::string message = thrownBy<ProgramError>([&] { Session(misfit, onThreads(1), workspace); });
  EXPECT(message.rfind("%2 = conv2d %0 %1: convolution forward", 0) == 0, message);
  // A rejected session has released its claim to the workspace.
  workspace->base();
  EXPECT(workspace->bytes() == 0, workspace->bytes(), " bytes are still held");
  return "";
}

// Inputs are read through their addresses, so nothing but the program's own shape, type and memory order will do.
std::string misfitInputs(Effort) {
  Session session(residualSum(), onThreads(1), newWorkspace());
  const auto good = inputsOfSum();
  const auto refusal = [&](std::vector<at::Tensor> inputs) {
    return thrownBy<GivenError>([&] { session.run(inputs); });
  };
  const std::string wanted = "inputs[0]: expected float [2, 16, 6, 5] on cpu, got ";
  EXPECT(refusal({good[0]}) == "inputs: expected 2 arrays, got 1");
  EXPECT(refusal({good[0].flatten(), good[1]}) == wanted + "float [960] on cpu");
  EXPECT(refusal({good[0].to(at::kInt), good[1]}) == wanted + "int [2, 16, 6, 5] on cpu");
  EXPECT(refusal({good[0].contiguous(), good[1]}) == wanted + "float [2, 16, 6, 5] on cpu");  // in another order
  EXPECT(refusal({at::ones({1, 16, 1, 1}).expand(list(kX)), good[1]}) == wanted + "float [2, 16, 6, 5] on cpu");
  EXPECT(thrownBy<GivenError>([&] { session.profile({good[0]}); }) == "inputs: expected 2 arrays, got 1");
  checkSum(session);
  EXPECT(session.profile(good).size() == 4);
  return "";
}

// Arrays without elements need no workspace, and are arrays all the same.
std::string emptyArrays(Effort) {
  ProgramSpec program;
  program.name = "empty";
  program.slots = {{Kind::input, {0, 3}, at::kFloat, 0},
                   {Kind::work, {0, 3}, at::kFloat, 0},
                   {Kind::output, {1, 3}, at::kFloat, 0}};
  program.inputs = {0};
  program.outputs = {2};
  program.workspaceBytes = 0;
  RowSpec sum{"sum", {}, {1}, 2};
  sum.attributes.set("axes", {0});
  program.instructions = {{"%1 = neg %0", RowSpec{"neg", {}, {0}, 1}}, {"%2 = sum %1", sum}};
  const auto workspace = newWorkspace();
  Session session(program, onThreads(1), workspace);
  for (int run = 0; run < 2; run++) EXPECT(at::equal(session.run({at::empty({0, 3})})[0], at::zeros({1, 3})));
  EXPECT(workspace->bytes() == 0, workspace->bytes(), " bytes for nothing");
  return "";
}

// One workspace serves all sessions: it grows for the largest and is freed with the last, in any order of closing.
std::string sharedWorkspace(Effort) {
  auto workspace = newWorkspace();
  auto small = std::make_unique<Session>(lookup(), onThreads(1), workspace);
  const at::Tensor table = at::ones({3, 2}), index = at::zeros({2}, at::kInt);
  const auto rows = small->run({table, index});
  ProgramSpec roomy = residualSum();
  roomy.workspaceBytes = kRoomy;
  auto large = std::make_unique<Session>(roomy, onThreads(2), workspace);
  checkSum(*large);
  // The workspace has moved: the sanitizer finds uses of the old one.
  EXPECT(at::equal(small->run({table, index})[0], rows[0]));
  EXPECT(workspace->bytes() >= kRoomy);
  large.reset();
  EXPECT(at::equal(small->run({table, index})[0], rows[0]));
  small.reset();
  EXPECT(workspace->bytes() == 0, "the last session has gone, the memory has not");
  large = std::make_unique<Session>(residualSum(), onThreads(2), workspace);
  workspace.reset();  // a session keeps what it needs
  checkSum(*large);
  large.reset();
  EXPECT(at::equal(rows[0], -at::ones({2, 2})), "a result must outlive sessions and workspace");
  return "";
}

// As two workers of Node do: a workspace each.
std::string twoThreads(Effort effort) {
  const int runs = effort.cases(300);
  std::vector<std::string> failures(2);
  std::vector<std::thread> threads;
  for (std::string& failure : failures) {
    threads.emplace_back([&failure, runs] {
      try {
        Session session(residualSum(), onThreads(2), newWorkspace());
        for (int run = 0; run < runs; run++) checkSum(session);
      } catch (const std::exception& error) {
        failure = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& failure : failures) EXPECT(failure.empty(), failure);
  return text(runs, " runs each");
}

}  // namespace
}  // namespace reweight::test

int main(int argc, char** argv) {
  using namespace reweight::test;
  return runGroups(argc, argv,
                   {{"rows, a view, a fused group and a convolution", everyKind},
                    {"many runs of one session", manyRuns},
                    {"an error in the middle of a run", errorMidRun},
                    {"programs that cannot be compiled", refusedPrograms},
                    {"inputs that are not the program's", misfitInputs},
                    {"arrays without elements", emptyArrays},
                    {"sessions share a workspace", sharedWorkspace},
                    {"sessions on two threads", twoThreads}});
}
