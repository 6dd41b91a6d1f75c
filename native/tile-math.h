// Vector functions that the processor has no instruction for, accurate to about two units in the last place.
//
// They use only vector extensions, without branches: special values are selected at the end. Subnormal arguments count
// as zero.
#pragma once

#include <limits>

#include "tile-machine.h"

namespace reweight::tile {

inline Vector filled(float value) { return value - Vector{}; }

// e^x = 2^n·e^r with |r| ≤ ln(2)/2. The power of two is multiplied in two halves, so that it overflows and underflows
// exactly where e^x does.
inline Vector exp(Vector x) {
  const float roundToInteger = 12582912.0f;  // 1.5·2^23: adding it puts the nearest integer into the low bits
  x = x > 89.0f ? filled(89.0f) : x;
  x = x < -104.0f ? filled(-104.0f) : x;
  const Vector shifted = x * 1.44269504088896341f + roundToInteger;
  const Vector n = shifted - roundToInteger;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector p = r * 1.9841270e-4f + 1.3888889e-3f;
  p = p * r + 8.3333333e-3f;
  p = p * r + 4.1666667e-2f;
  p = p * r + 1.6666667e-1f;
  p = p * r + 0.5f;
  p = p * r * r + r + 1.0f;
  // Unsigned, because a NaN's bits might overflow.
  const Bits power = (Bits)shifted - 0x4B400000u;
  const Bits half = (Bits)((Integers)power >> 1);
  return p * (Vector)((half + 127) << 23) * (Vector)((power - half + 127) << 23);
}

// x = m·2^e with m near 1; the polynomial is that of Cephes' logf.
inline Vector log(Vector x) {
  const float infinity = std::numeric_limits<float>::infinity();
  const Bits bits = (Bits)x;
  const Integers exponent = (Integers)(bits - 0x3F3504F3u) >> 23;  // 0x3F3504F3 is √½
  const Vector e = __builtin_convertvector(exponent, Vector);
  const Vector m = (Vector)(bits - ((Bits)exponent << 23)) - 1.0f;
  const Vector square = m * m;
  Vector p = m * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  Vector y = p * m * square - e * 2.12194440e-4f - square * 0.5f;
  y = m + y + e * 0.693359375f;
  y = x < std::numeric_limits<float>::min() ? filled(-infinity) : y;
  y = x < 0.0f ? filled(std::numeric_limits<float>::quiet_NaN()) : y;
  return x < infinity ? y : x;  // infinity and NaN are their own logarithms
}

inline Vector magnitude(Vector x) { return (Vector)((Integers)x & 0x7FFFFFFF); }

inline Vector sigmoid(Vector x) {
  const Vector e = exp(-magnitude(x));
  const Vector positive = 1.0f / (1.0f + e);
  return x < 0.0f ? e * positive : positive;
}

// max(x, 0) + log(1 + e) for e = exp(-|x|); e/(u - 1) undoes the rounding of u = 1 + e.
inline Vector softplus(Vector x) {
  const Vector e = exp(-magnitude(x));
  const Vector u = 1.0f + e;
  const Vector rounded = u - 1.0f;
  const Vector tail = rounded == 0.0f ? e : log(u) * (e / rounded);
  return (x < 0.0f ? filled(0.0f) : x) + tail;
}

inline Vector tanh(Vector x) {
  const Vector size = magnitude(x);
  const Vector z = x * x;
  Vector p = z * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const Vector small = p * z * x + x;
  const Vector large = 1.0f - 2.0f / (exp(2.0f * size) + 1.0f);
  return size < 0.625f ? small : (x < 0.0f ? -large : large);
}

}  // namespace reweight::tile
