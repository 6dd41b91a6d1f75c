// The small matrix products of Winograd's method, on matrices in panels: a panel holds kLanes columns, row after row.
//
// Every stride inside a panel is a constant, so the inner loop computes no addresses.
#pragma once

#include <cstdint>

#include "convolution-winograd-transforms.h"

namespace reweight::winograd {

// Element (row, column) is at (column / kLanes)·panel + row·kLanes + column % kLanes.
struct Panels {
  float* at;
  int64_t panel;
};

// A block of results stays in registers over the whole depth; about sixteen sums hide the multipliers' latency.
#ifdef __AVX512F__
constexpr int kRows = 8;
#else
constexpr int kRows = 4;
#endif

template <int Rows, int Columns>
struct Block {
  Vector sums[Rows][Columns];

  // sums += a[k] ⊗ b(k, ·), with a's Rows `Stride` apart.
  template <int Stride>
  inline __attribute__((always_inline)) void addProduct(const float* a, const float* b, int64_t panel) {
    Vector line[Columns];
#pragma GCC unroll 4
    for (int c = 0; c < Columns; c++) line[c] = load(b + c * panel);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; r++) {
#pragma GCC unroll 4
      for (int c = 0; c < Columns; c++) sums[r][c] += a[r * Stride] * line[c];
    }
  }
};

// out [rows, columns of the block] = Σ_k a(row, k) b(k, column).
template <int Rows, int Columns>
inline void multiplyBlock(const float* a, int64_t aPanel, const float* b, int64_t bPanel, float* out, int64_t outPanel,
                          int64_t depth) {
  Block<Rows, Columns> block = {};
  for (int64_t k = 0; k < depth; k += kLanes, a += aPanel) {
#pragma GCC unroll 4
    for (int lane = 0; lane < kLanes; lane++, b += kLanes) block.template addProduct<kLanes>(a + lane, b, bPanel);
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; r++) {
#pragma GCC unroll 4
    for (int c = 0; c < Columns; c++) store(out + r * kLanes + c * outPanel, block.sums[r][c]);
  }
}

// out [rows, columns of the block] += Σ_k a(k, row) b(k, column). The block is summed separately first: two short sums
// have a fifth of the rounding error of one long sum over all tiles.
template <int Rows, int Columns>
inline void addTransposedBlock(const float* a, const float* b, int64_t bPanel, float* out, int64_t outPanel,
                               int64_t depth) {
  Block<Rows, Columns> block = {};
#pragma GCC unroll 2
  for (int64_t k = 0; k < depth; k++, a += kLanes, b += kLanes) block.template addProduct<1>(a, b, bPanel);
#pragma GCC unroll 16
  for (int r = 0; r < Rows; r++) {
#pragma GCC unroll 4
    for (int c = 0; c < Columns; c++) {
      float* to = out + r * kLanes + c * outPanel;
      store(to, load(to) + block.sums[r][c]);
    }
  }
}

// out = a b. Rows must be a multiple of 2 kRows, columns and depth multiples of kLanes.
inline void multiply(Panels a, Panels b, Panels out, int64_t rows, int64_t columns, int64_t depth) {
  for (int64_t column = 0; column < columns; b.at += 2 * b.panel, out.at += 2 * out.panel, column += 2 * kLanes) {
    const bool pair = column + kLanes < columns;
    const auto block = pair ? multiplyBlock<kRows, 2> : multiplyBlock<2 * kRows, 1>;
    for (int64_t row = 0; row < rows; row += pair ? kRows : 2 * kRows) {
      block(a.at + row * kLanes, a.panel, b.at, b.panel, out.at + row * kLanes, out.panel, depth);
    }
  }
}

// out += aᵀ b. Rows and columns must be multiples of kLanes.
inline void addTransposed(Panels a, Panels b, Panels out, int64_t rows, int64_t columns, int64_t depth) {
  for (int64_t column = 0; column < columns; b.at += 2 * b.panel, out.at += 2 * out.panel, column += 2 * kLanes) {
    const auto add = column + kLanes < columns ? addTransposedBlock<kRows, 2> : addTransposedBlock<kRows, 1>;
    for (int64_t row = 0; row < rows; row += kRows) {
      add(a.at + row / kLanes * a.panel + row % kLanes, b.at, b.panel, out.at + row * kLanes, out.panel, depth);
    }
  }
}

}  // namespace reweight::winograd
