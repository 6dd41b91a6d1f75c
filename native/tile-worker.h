// One thread's share of a group: its scratch memory and its walk over blocks.
#pragma once

#include <cstdlib>
#include <new>
#include <vector>

#include "tile-domain.h"
#include "tile-program.h"

namespace reweight::tile {

// Memory of one thread. Data that threads write at every block must not share cache lines, nor pairs of them.
template <typename Value>
struct OwnLines {
  using value_type = Value;
  static constexpr size_t line = 128;

  OwnLines() = default;
  template <typename Other>
  OwnLines(const OwnLines<Other>&) {}

  Value* allocate(size_t count) {
    void* const memory = std::aligned_alloc(line, (count * sizeof(Value) + line - 1) / line * line);
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<Value*>(memory);
  }
  void deallocate(Value* memory, size_t) { std::free(memory); }
  bool operator==(const OwnLines&) const { return true; }
  bool operator!=(const OwnLines&) const { return false; }
};

template <typename Value>
using OwnVector = std::vector<Value, OwnLines<Value>>;

class Worker {
 public:
  // Program, domain and spec must outlive the worker.
  Worker(const TileSpec& spec, const Domain& domain, const Program& program);

  // Runs blocks [first, last) of the domain. Sums that keep N are written out; the others stay in `cells`.
  void work(void* const* memory, int64_t first, int64_t last);

  // This thread's part of a sum, one cell for each column that the sum keeps.
  const double* cells(size_t sum) const { return sums_[sum].cells.data(); }

 private:
  struct Sum {
    float* lanes;
    int64_t laneCount;
    OwnVector<double> cells;
    int64_t visitsLeft;  // until the lanes are added to the cells
    int64_t visitsBetween;
  };
  struct Moving {  // a place in an operand's own memory
    int place;
    int64_t bytes;  // of one element
    char* at;
    float* stage;  // replaces a short last block
    bool isStore;
  };
  struct Gathered {
    int place;
    const float* origin;  // first element of the run
  };

  void prepare(int place);
  void enterRun(void* const* memory, int64_t run, int64_t block);
  void runBlocks(int64_t first, int64_t end);
  void runLastBlock();
  void runPrologue(Rate rate);
  const float* runOrigin(int place, void* const* memory, int64_t run) const;
  void fillTable(int place, void* const* memory, int64_t run);
  void gather(const Gathered& gathered, int64_t block, int64_t count);
  void setPhase(int64_t phase);
  void flush(Sum& sum);
  void writeExample(void* const* memory, int64_t example);

  const TileSpec& spec_;
  const Domain& domain_;
  const Program& program_;
  OwnVector<float> scratch_;
  std::vector<float*> home_;  // for each place: its scratch memory
  OwnVector<float*> at_;      // for each place: address of its current block
  OwnVector<Moving> moving_;
  OwnVector<Gathered> gathered_;
  std::vector<int> filledOnce_, refilled_;  // tables of repeated loads
  std::vector<int> periodic_;               // places that follow the phase of a period
  OwnVector<Sum> sums_;
  int64_t tableBlocks_ = 1;
};

}  // namespace reweight::tile
