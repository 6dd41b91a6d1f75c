// The shape of a group's work: its domain in the simplest equivalent form, cut into runs and blocks.
//
// A run is a stretch of the domain without gaps: all of one n, or one row where rows are long and awkward. Blocks cut a
// run; only its last block may be short. Axes that all operands agree to join are joined first, so that most groups are
// a single run.
#pragma once

#include "tile.h"

namespace reweight::tile {

struct Domain {
  int64_t examples, rows, columns;  // extents [N, M, C] after joining axes
  bool runPerRow;                   // a run is one (n, m), else all of one n
  int64_t runLength, runs;
  int64_t blocksPerRun;
  int64_t lastCount;     // floats in a run's last block
  int64_t periodBlocks;  // after so many blocks of a run its columns repeat

  int64_t blocks() const { return runs * blocksPerRun; }
  int64_t runsPerExample() const { return runPerRow ? rows : 1; }
};

// How a load's elements are found along a run.
enum class Access {
  direct,    // in order, without gaps: read where they stand
  constant,  // the same element all along
  periodic,  // a row of columns, again and again
  gathered,  // anything else: collected block by block
};

struct LoadAccess {
  Access access;
  bool changesWithRun;  // not the same in every run
};

// Joins axes in place: extents, strides and what sums keep are rewritten; results are the same, in the same order.
void simplify(TileSpec& spec);

// Cuts a simplified domain into runs and blocks.
Domain cut(const TileSpec& spec);

LoadAccess accessOf(const TileSpec::Load& load, const Domain& domain);

// Where a run's elements begin in a load.
inline int64_t runOffset(const TileSpec::Load& load, const Domain& domain, int64_t run) {
  if (!domain.runPerRow) return run * load.strides[0];
  return run / domain.rows * load.strides[0] + run % domain.rows * load.strides[1];
}

}  // namespace reweight::tile
