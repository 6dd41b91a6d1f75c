// The domain of a group in its simplest equivalent form, cut into runs and blocks.
//
// A run is a contiguous stretch of the domain: all of one n, or one row if rows are long and irregular. A run is cut
// into blocks, of which only the last may be short. Axes that are contiguous in all operands are joined first, so most
// groups are a single run.
#pragma once

#include "tile.h"

namespace reweight::tile {

struct Domain {
  int64_t examples, rows, columns;  // extents [N, M, C] after joining axes
  bool runPerRow;                   // a run is one (n, m), else all of one n
  int64_t runLength, runs;
  int64_t blocksPerRun;
  int64_t lastCount;     // floats in a run's last block
  int64_t periodBlocks;  // columns repeat after this many blocks of a run

  int64_t blocks() const { return runs * blocksPerRun; }
  int64_t runsPerExample() const { return runPerRow ? rows : 1; }
};

// How a load's elements lie in memory along a run.
enum class Access {
  direct,    // in order, without gaps: read in place
  constant,  // the same element for the whole run
  periodic,  // one row of columns, repeated
  gathered,  // any other order: collected block by block
};

struct LoadAccess {
  Access access;
  bool changesWithRun;  // differs between runs
};

// Joins axes in place: rewrites extents, strides and the axes that sums keep. Results stay the same, in the same order.
void simplify(TileSpec& spec);

// Cuts a simplified domain into runs and blocks.
Domain cut(const TileSpec& spec);

LoadAccess accessOf(const TileSpec::Load& load, const Domain& domain);

// Offset of a run's first element in a load.
inline int64_t runOffset(const TileSpec::Load& load, const Domain& domain, int64_t run) {
  if (!domain.runPerRow) return run * load.strides[0];
  return run / domain.rows * load.strides[0] + run % domain.rows * load.strides[1];
}

}  // namespace reweight::tile
