// The linear maps of Winograd's minimal filtering F(4x4, 3x3): 16 results of a 3x3 convolution take 36 products
// instead of 144.
//
//   y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ x B) ] A     (Lavin & Gray 2015) and its adjoint in w:
//   dw = Gᵀ [ (Bᵀ x B) ⊙ (A dy Aᵀ) ] G
//
// The maps evaluate and interpolate polynomials at the points 0, ±p, ±q, ∞, on vectors of neighbouring channels.
#pragma once

namespace reweight::winograd {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
typedef float Vector __attribute__((vector_size(4 * kLanes)));
typedef float UnalignedVector __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
inline Vector load(const float* from) { return *reinterpret_cast<const UnalignedVector*>(from); }
inline void store(float* to, Vector v) { *reinterpret_cast<UnalignedVector*>(to) = v; }

// oneDNN's points: their rounding errors are a quarter of those of the textbook's points 1 and 2.
constexpr float p = 0.625f, q = 1.5f;
constexpr float p2 = p * p, q2 = q * q;
// Lagrange's denominators Π (pᵢ - pⱼ).
constexpr float kZero = 1 / (p2 * q2), kP = 1 / (2 * p2 * (p2 - q2)), kQ = 1 / (2 * q2 * (q2 - p2));

struct Input {  // Bᵀ
  static constexpr int in = 6, out = 6;
  static void apply(const Vector (&x)[6], Vector (&y)[6]) {
    const Vector evenP = x[4] - q2 * x[2], oddP = p * (x[3] - q2 * x[1]);
    const Vector evenQ = x[4] - p2 * x[2], oddQ = q * (x[3] - p2 * x[1]);
    y[0] = x[4] - (p2 + q2) * x[2] + p2 * q2 * x[0];
    y[1] = evenP + oddP;
    y[2] = evenP - oddP;
    y[3] = evenQ + oddQ;
    y[4] = evenQ - oddQ;
    y[5] = x[5] - (p2 + q2) * x[3] + p2 * q2 * x[1];
  }
};

struct Kernel {  // G
  static constexpr int in = 3, out = 6;
  static void apply(const Vector (&w)[3], Vector (&u)[6]) {
    const Vector evenP = kP * (w[0] + p2 * w[2]), oddP = kP * p * w[1];
    const Vector evenQ = kQ * (w[0] + q2 * w[2]), oddQ = kQ * q * w[1];
    u[0] = kZero * w[0];
    u[1] = evenP + oddP;
    u[2] = evenP - oddP;
    u[3] = evenQ + oddQ;
    u[4] = evenQ - oddQ;
    u[5] = w[2];
  }
};

struct Output {  // Aᵀ
  static constexpr int in = 6, out = 4;
  static void apply(const Vector (&m)[6], Vector (&y)[4]) {
    const Vector evenP = m[1] + m[2], oddP = p * (m[1] - m[2]);
    const Vector evenQ = m[3] + m[4], oddQ = q * (m[3] - m[4]);
    y[0] = m[0] + evenP + evenQ;
    y[1] = oddP + oddQ;
    y[2] = p2 * evenP + q2 * evenQ;
    y[3] = m[5] + p2 * oddP + q2 * oddQ;
  }
};

struct OutputAdjoint {  // A
  static constexpr int in = 4, out = 6;
  static void apply(const Vector (&y)[4], Vector (&m)[6]) {
    const Vector evenP = y[0] + p2 * y[2], oddP = p * (y[1] + p2 * y[3]);
    const Vector evenQ = y[0] + q2 * y[2], oddQ = q * (y[1] + q2 * y[3]);
    m[0] = y[0];
    m[1] = evenP + oddP;
    m[2] = evenP - oddP;
    m[3] = evenQ + oddQ;
    m[4] = evenQ - oddQ;
    m[5] = y[3];
  }
};

struct KernelAdjoint {  // Gᵀ
  static constexpr int in = 6, out = 3;
  static void apply(const Vector (&u)[6], Vector (&w)[3]) {
    const Vector evenP = kP * (u[1] + u[2]), oddP = kP * p * (u[1] - u[2]);
    const Vector evenQ = kQ * (u[3] + u[4]), oddQ = kQ * q * (u[3] - u[4]);
    w[0] = kZero * u[0] + evenP + evenQ;
    w[1] = oddP + oddQ;
    w[2] = u[5] + p2 * evenP + q2 * evenQ;
  }
};

// Applies Map to both axes of a square: read(row, column) → Vector, write(row, column, Vector).
template <typename Map, typename Read, typename Write>
inline __attribute__((always_inline)) void transform(const Read& read, const Write& write) {
  Vector half[Map::out][Map::in];
#pragma GCC unroll 6
  for (int column = 0; column < Map::in; column++) {
    Vector from[Map::in], to[Map::out];
#pragma GCC unroll 6
    for (int row = 0; row < Map::in; row++) from[row] = read(row, column);
    Map::apply(from, to);
#pragma GCC unroll 6
    for (int row = 0; row < Map::out; row++) half[row][column] = to[row];
  }
#pragma GCC unroll 6
  for (int row = 0; row < Map::out; row++) {
    Vector to[Map::out];
    Map::apply(half[row], to);
#pragma GCC unroll 6
    for (int column = 0; column < Map::out; column++) write(row, column, to[column]);
  }
}

}  // namespace reweight::winograd
