// Joins the axes of a domain and cuts it into blocks.
#include "tile-domain.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "tile-machine.h"

namespace reweight::tile {
namespace {

// Floats per operand: the longest table of columns repeated over a whole number of blocks.
constexpr int64_t longestPeriod = 16384;

template <typename Test>
bool all(const std::vector<TileSpec::Load>& loads, Test test) {
  return std::all_of(loads.begin(), loads.end(), test);
}

// Turns [.., outer, inner] into [.., 1, outer·inner]; the outer axis' strides must continue those of the inner one.
void joinInto(TileSpec& spec, int outer, int inner) {
  spec.extents[inner] *= spec.extents[outer];
  spec.extents[outer] = 1;
  for (auto& load : spec.loads) load.strides[outer] = 0;
}

// Moves the outer axis to the place of an inner axis of extent 1.
void moveInto(TileSpec& spec, int outer, int inner) {
  spec.extents[inner] = spec.extents[outer];
  spec.extents[outer] = 1;
  for (auto& load : spec.loads) {
    load.strides[inner] = load.strides[outer];
    load.strides[outer] = 0;
  }
}

bool continues(const TileSpec& spec, int outer, int inner) {
  return all(spec.loads, [&](auto& load) { return load.strides[outer] == spec.extents[inner] * load.strides[inner]; });
}

int64_t periodLength(int64_t columns) { return std::lcm<int64_t>(std::min(columns, longestPeriod + 1), blockLength); }

int64_t roundUp(int64_t length) { return (length + blockLength - 1) / blockLength * blockLength; }

}  // namespace

void simplify(TileSpec& spec) {
  int64_t &examples = spec.extents[0], &rows = spec.extents[1], &columns = spec.extents[2];
  for (auto& load : spec.loads) {
    for (int axis = 0; axis < 3; ++axis) {
      if (spec.extents[axis] == 1) load.strides[axis] = 0;
    }
  }
  bool keepsN = false, keepsC = false;
  for (auto& sum : spec.sums) {
    sum.keepN = sum.keepN && examples != 1;
    sum.keepC = sum.keepC && columns != 1;
    keepsN = keepsN || sum.keepN;
    keepsC = keepsC || sum.keepC;
  }
  if (columns == 1 && rows > 1) moveInto(spec, 1, 2);
  if (columns == 1 && rows == 1 && examples > 1) {
    moveInto(spec, 0, 2);
    for (auto& sum : spec.sums) sum.keepC = std::exchange(sum.keepN, false);
    return;
  }
  if (examples > 1 && !keepsN) {
    const auto staysSimple = [&](auto& load) {
      return load.strides[0] == 0 || (load.strides[0] == columns && load.strides[2] == 1);
    };
    if (rows > 1) {
      if (continues(spec, 0, 1)) joinInto(spec, 0, 1);
    } else if (columns < blockLength || all(spec.loads, staysSimple)) {  // each short run would waste most of a block
      moveInto(spec, 0, 1);
    }
  }
  if (rows > 1 && !keepsC && continues(spec, 1, 2)) joinInto(spec, 1, 2);
}

Domain cut(const TileSpec& spec) {
  const auto [examples, rows, columns] = spec.extents;
  Domain domain{examples, rows, columns, false, rows * columns, examples, 0, 0, 1};

  bool repeats = std::any_of(spec.sums.begin(), spec.sums.end(), [](auto& sum) { return sum.keepC; });
  bool gathers = false;
  for (const auto& load : spec.loads) {
    const Access access = accessOf(load, domain).access;
    repeats = repeats || access == Access::periodic;
    gathers = gathers || access == Access::gathered;
  }
  const int64_t period = std::min(periodLength(columns), roundUp(domain.runLength));
  if (rows > 1 && ((repeats && period > longestPeriod) || (gathers && columns >= 4 * blockLength))) {
    domain.runPerRow = true;
    domain.runLength = columns;
    domain.runs = examples * rows;
  }
  domain.blocksPerRun = roundUp(domain.runLength) / blockLength;
  domain.lastCount = domain.runLength - (domain.blocksPerRun - 1) * blockLength;
  if (repeats) domain.periodBlocks = rows == 1 || domain.runPerRow ? domain.blocksPerRun : period / blockLength;
  return domain;
}

LoadAccess accessOf(const TileSpec::Load& load, const Domain& domain) {
  const auto [strideN, strideM, strideC] = load.strides;
  const bool manyRows = domain.rows > 1 && !domain.runPerRow;
  const bool changes = strideN != 0 || (domain.runPerRow && strideM != 0);
  if (strideC == 0 && (!manyRows || strideM == 0)) return {Access::constant, changes};
  if (strideC == 1 && (!manyRows || strideM == domain.columns)) return {Access::direct, changes};
  if (manyRows && strideM == 0) return {Access::periodic, changes};
  return {Access::gathered, changes};
}

}  // namespace reweight::tile
