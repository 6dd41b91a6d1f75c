// Fused elementwise computation: checks a group, divides it among threads and adds up their sums.
//
// tile-domain joins axes and cuts blocks, tile-nodes and tile-program compile the operations, tile-machine runs them on
// a block, tile-worker walks a thread over its blocks.
#include "tile.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "tile-worker.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace reweight {
namespace {

// Elements times instructions, about five microseconds: below this a parallel region costs more than it saves.
constexpr int64_t smallestSharedWork = 131072;

// Subnormal numbers are slow and negligible: they count as zero while a group runs.
class SubnormalsAreZero {
#if defined(__SSE__)
 public:
  SubnormalsAreZero() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }
  ~SubnormalsAreZero() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#elif defined(__aarch64__)
 public:
  SubnormalsAreZero() {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    asm volatile("msr fpcr, %0" : : "r"(before_ | (uint64_t{1} << 24)));
  }
  ~SubnormalsAreZero() { asm volatile("msr fpcr, %0" : : "r"(before_)); }

 private:
  uint64_t before_;
#else
 public:
  SubnormalsAreZero() {}
  ~SubnormalsAreZero() {}
#endif
};

TileSpec checkedAndSimplified(TileSpec spec) {
  for (int64_t extent : spec.extents) {
    if (extent < 0) throw std::invalid_argument("TileSpec: extent " + std::to_string(extent) + " is negative");
  }
  const auto check = [](int32_t slot, const char* what) {
    if (slot < 0) throw std::invalid_argument(std::string("TileSpec: slot of a ") + what + " is negative");
  };
  for (const auto& load : spec.loads) check(load.slot, "load");
  for (const auto& store : spec.stores) check(store.slot, "store");
  for (const auto& sum : spec.sums) check(sum.slot, "sum");
  tile::simplify(spec);
  return spec;
}

int64_t elements(const TileSpec& spec) { return spec.extents[0] * spec.extents[1] * spec.extents[2]; }

int64_t cellsOf(const TileSpec& spec, const TileSpec::Sum& sum) {
  return (sum.keepN ? spec.extents[0] : 1) * (sum.keepC ? spec.extents[2] : 1);
}

}  // namespace

struct TileKernel::Plan {
  Plan(TileSpec given, int threads)
      : spec(checkedAndSimplified(std::move(given))), domain(tile::cut(spec)), program(tile::compile(spec, domain)) {
    if (threads < 1) throw std::invalid_argument("TileKernel: needs a thread at least, not " + std::to_string(threads));
    const bool byExample = std::any_of(spec.sums.begin(), spec.sums.end(), [](auto& sum) { return sum.keepN; });
    const int64_t grain = byExample ? domain.blocksPerRun * domain.runsPerExample() : 1;
    const int64_t grains = elements(spec) == 0 ? 0 : domain.blocks() / grain;
    const int64_t work = elements(spec) * static_cast<int64_t>(program.code[tile::perBlock].size());
    const int64_t parts = work < smallestSharedWork ? std::min<int64_t>(grains, 1) : std::min<int64_t>(grains, threads);
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t first = grains * part / parts, last = grains * (part + 1) / parts;
      workers.push_back({tile::Worker(spec, domain, program), first * grain, last * grain});
    }
  }

  struct Part {
    tile::Worker worker;
    int64_t first, last;  // blocks
  };

  const TileSpec spec;
  const tile::Domain domain;
  const tile::Program program;
  std::vector<Part> workers;  // one for each thread

  static void work(Part& part, void* const* memory) {
    const SubnormalsAreZero guard;
    part.worker.work(memory, part.first, part.last);
  }

  // Adds the threads' sums in the order of the threads, so that results do not depend on their timing.
  void combine(void* const* memory) const {
    for (size_t index = 0; index < spec.sums.size(); ++index) {
      const TileSpec::Sum& sum = spec.sums[index];
      float* const result = static_cast<float*>(memory[sum.slot]);
      if (sum.keepN && !workers.empty()) continue;
      for (int64_t cell = 0; cell < cellsOf(spec, sum); ++cell) {
        double total = 0;
        for (const Part& part : workers) total += part.worker.cells(index)[cell];
        result[cell] = static_cast<float>(total);
      }
    }
  }
};

TileKernel::TileKernel(TileSpec spec, int threads) : plan_(std::make_unique<Plan>(std::move(spec), threads)) {}
TileKernel::~TileKernel() = default;
TileKernel::TileKernel(TileKernel&&) noexcept = default;
TileKernel& TileKernel::operator=(TileKernel&&) noexcept = default;

void TileKernel::run(void* const* memory) const {
  auto& workers = plan_->workers;
  const int parts = static_cast<int>(workers.size());
  if (parts == 1) {
    Plan::work(workers[0], memory);
  } else if (parts > 1) {
    // A loop over parts, not over thread numbers: every part runs even if fewer threads are granted.
#pragma omp parallel for num_threads(parts) schedule(static, 1)
    for (int part = 0; part < parts; ++part) Plan::work(workers[part], memory);
  }
  plan_->combine(memory);
}

}  // namespace reweight
