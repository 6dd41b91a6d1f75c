// Walks over the blocks of runs: sets addresses of operands, fills tables, runs the machine, flushes sums.
#include "tile-worker.h"

#include <algorithm>
#include <cstring>

namespace reweight::tile {
namespace {

// Lanes add floats. After this many additions they are flushed to doubles; more would cost accuracy and save no time.
constexpr int64_t visitsBetweenFlushes = 16;

// Prefetches the next block: 5 to 10 % faster if arrays exceed the L2 cache.
inline void prefetchBlock(const char* block, int64_t elementBytes) {
  constexpr int line = 64;
  for (int64_t offset = 0; offset < blockLength * elementBytes; offset += line) __builtin_prefetch(block + offset);
}

}  // namespace

Worker::Worker(const TileSpec& spec, const Domain& domain, const Program& program)
    : spec_(spec), domain_(domain), program_(program) {
  std::vector<int64_t> offsets;
  int64_t blocks = 0;
  for (const Place& place : program.places) {
    offsets.push_back(blocks * blockLength);
    if (place.kind != Place::unused) blocks += place.periodic ? domain.periodBlocks : 1;
  }
  scratch_.resize(blocks * blockLength);
  for (int64_t offset : offsets) home_.push_back(scratch_.data() + offset);
  at_.assign(home_.begin(), home_.end());
  sums_.resize(spec.sums.size());
  for (size_t index = 0; index < program.places.size(); ++index) prepare(static_cast<int>(index));
}

void Worker::prepare(int number) {
  const Place& place = program_.places[number];
  float* const home = home_[number];
  if (place.kind == Place::unused) return;
  if (place.periodic) periodic_.push_back(number);
  if (place.periodic && place.kind != Place::sum) tableBlocks_ = domain_.periodBlocks;
  switch (place.kind) {
    case Place::load: moving_.push_back({number, sizeof(float), nullptr, home, false}); break;
    case Place::store: {
      const int64_t bytes = spec_.stores[place.index].bfloat16 ? sizeof(uint16_t) : sizeof(float);
      moving_.push_back({number, bytes, nullptr, home, true});
      break;
    }
    case Place::gathered: gathered_.push_back({number, nullptr}); break;
    case Place::repeated: (place.changesWithRun ? refilled_ : filledOnce_).push_back(number); break;
    case Place::constant: std::fill_n(home, blockLength, spec_.constants[place.index]); break;
    case Place::sum: {
      const int64_t period = place.periodic ? domain_.periodBlocks : 1;
      const int64_t laneCount = program_.folded[place.index] ? foldedLength : period * blockLength;
      const int64_t cells = spec_.sums[place.index].keepC ? domain_.columns : 1;
      const int64_t between = visitsBetweenFlushes * period;
      sums_[place.index] = {home, std::min(laneCount, domain_.runLength), OwnVector<double>(cells), between, between};
      break;
    }
    default: break;
  }
}

void Worker::work(void* const* memory, int64_t first, int64_t last) {
  for (Sum& sum : sums_) std::fill(sum.cells.begin(), sum.cells.end(), 0.0);
  for (int place : filledOnce_) fillTable(place, memory, 0);
  runPrologue(once);
  const bool sumsKeepN = std::any_of(spec_.sums.begin(), spec_.sums.end(), [](auto& sum) { return sum.keepN; });
  while (first < last) {
    const int64_t run = first / domain_.blocksPerRun;
    const int64_t firstBlock = first % domain_.blocksPerRun;
    const int64_t endBlock = std::min(domain_.blocksPerRun, firstBlock + last - first);
    enterRun(memory, run, firstBlock);
    runBlocks(firstBlock, endBlock);
    first += endBlock - firstBlock;
    if (sumsKeepN && endBlock == domain_.blocksPerRun && (run + 1) % domain_.runsPerExample() == 0) {
      writeExample(memory, run / domain_.runsPerExample());
    }
  }
  for (Sum& sum : sums_) flush(sum);
}

void Worker::enterRun(void* const* memory, int64_t run, int64_t block) {
  for (Moving& moving : moving_) {
    const int index = program_.places[moving.place].index;
    const int64_t offset = moving.isStore ? run * domain_.runLength : runOffset(spec_.loads[index], domain_, run);
    const int slot = moving.isStore ? spec_.stores[index].slot : spec_.loads[index].slot;
    moving.at = static_cast<char*>(memory[slot]) + (offset + block * blockLength) * moving.bytes;
  }
  for (Gathered& gathered : gathered_) gathered.origin = runOrigin(gathered.place, memory, run);
  for (int place : refilled_) fillTable(place, memory, run);
  runPrologue(perRun);
}

void Worker::runBlocks(int64_t first, int64_t end) {
  const Instruction* const code = program_.code[perBlock].data();
  const Instruction* const codeEnd = code + program_.code[perBlock].size();
  int64_t phase = first % domain_.periodBlocks;
  for (int64_t block = first; block < end; ++block) {
    if (!periodic_.empty()) setPhase(phase);
    if (++phase == domain_.periodBlocks) phase = 0;
    const bool endsEarly = block + 1 == domain_.blocksPerRun && domain_.lastCount < blockLength;
    for (const Gathered& gathered : gathered_) gather(gathered, block, endsEarly ? domain_.lastCount : blockLength);
    if (endsEarly) {
      runLastBlock();
    } else {
      for (Moving& moving : moving_) {
        at_[moving.place] = reinterpret_cast<float*>(moving.at);
        moving.at += blockLength * moving.bytes;
        prefetchBlock(moving.at, moving.bytes);
      }
      execute(code, codeEnd, at_.data(), blockLength);
    }
    for (Sum& sum : sums_) {
      if (--sum.visitsLeft == 0) flush(sum);
    }
  }
}

const float* Worker::runOrigin(int place, void* const* memory, int64_t run) const {
  const TileSpec::Load& load = spec_.loads[program_.places[place].index];
  return static_cast<const float*>(memory[load.slot]) + runOffset(load, domain_, run);
}

void Worker::fillTable(int number, void* const* memory, int64_t run) {
  const Place& place = program_.places[number];
  const float* const origin = runOrigin(number, memory, run);
  float* const table = home_[number];
  if (!place.periodic) {
    std::fill_n(table, blockLength, *origin);
    return;
  }
  const int64_t length = domain_.periodBlocks * blockLength;
  const int64_t columns = std::min(domain_.columns, length);
  const int64_t stride = spec_.loads[place.index].strides[2];
  for (int64_t c = 0; c < columns; ++c) table[c] = origin[c * stride];
  for (int64_t filled = columns; filled < length; filled *= 2) {
    std::memcpy(table + filled, table, std::min(filled, length - filled) * sizeof(float));
  }
}

void Worker::gather(const Gathered& gathered, int64_t blockIndex, int64_t count) {
  const auto& strides = spec_.loads[program_.places[gathered.place].index].strides;
  const int64_t strideM = domain_.runPerRow ? 0 : strides[1], strideC = strides[2];
  float* const block = home_[gathered.place];
  int64_t row = blockIndex * blockLength / domain_.columns;
  int64_t column = blockIndex * blockLength % domain_.columns;
  for (int64_t done = 0; done < count; column = 0, ++row) {
    const int64_t length = std::min(count - done, domain_.columns - column);
    const float* const from = gathered.origin + row * strideM + column * strideC;
    for (int64_t c = 0; c < length; ++c) block[done + c] = from[c * strideC];
    done += length;
  }
}

// Computes tables for every block of a period, or for a single one if blocks do not differ.
void Worker::runPrologue(Rate rate) {
  const auto& code = program_.code[rate];
  if (code.empty()) return;
  for (int64_t phase = 0; phase < tableBlocks_; ++phase) {
    setPhase(phase);
    execute(code.data(), code.data() + code.size(), at_.data(), blockLength);
  }
}

void Worker::setPhase(int64_t phase) {
  for (int place : periodic_) at_[place] = home_[place] + phase * blockLength;
}

// Operands' memory ends with the short block, so the block is processed in scratch memory.
void Worker::runLastBlock() {
  const int count = static_cast<int>(domain_.lastCount);
  for (const Moving& moving : moving_) {
    at_[moving.place] = moving.stage;
    if (!moving.isStore) std::memcpy(moving.stage, moving.at, count * sizeof(float));
  }
  const auto& code = program_.lastBlock;
  execute(code.data(), code.data() + code.size(), at_.data(), count);
  for (const Moving& moving : moving_) {
    if (moving.isStore) std::memcpy(moving.at, moving.stage, count * moving.bytes);
  }
}

void Worker::flush(Sum& sum) {
  const int64_t columns = static_cast<int64_t>(sum.cells.size());
  double* const cells = sum.cells.data();
  if (columns == 1) {
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t lane = 0; lane < sum.laneCount; ++lane) total += sum.lanes[lane];
    cells[0] += total;
  } else {
    for (int64_t lane = 0; lane < sum.laneCount; lane += columns) {
      const int64_t length = std::min(columns, sum.laneCount - lane);
      for (int64_t c = 0; c < length; ++c) cells[c] += sum.lanes[lane + c];
    }
  }
  std::fill_n(sum.lanes, sum.laneCount, 0.0f);
  sum.visitsLeft = sum.visitsBetween;
}

void Worker::writeExample(void* const* memory, int64_t example) {
  for (size_t index = 0; index < sums_.size(); ++index) {
    if (!spec_.sums[index].keepN) continue;
    flush(sums_[index]);
    OwnVector<double>& cells = sums_[index].cells;
    float* const result = static_cast<float*>(memory[spec_.sums[index].slot]) + example * cells.size();
    std::transform(cells.begin(), cells.end(), result, [](double value) { return static_cast<float>(value); });
    std::fill(cells.begin(), cells.end(), 0.0);
  }
}

}  // namespace reweight::tile
