// The interpreter: one switch, each case unrolled over the registers of the accumulator.
//
// Measured on a core with AVX-512: an instruction costs about 10 cycles per block of 256 floats, plus 30 per block,
// while memory needs 50 to 100 cycles per operand. So groups of up to a dozen operations run at the speed of memory,
// and instructions for pairs of operations (x·a + b and the like) gained nothing.
#include "tile-machine.h"

#include <cmath>
#include <type_traits>
#include <utility>

#include "tile-math.h"

// Everything must be inlined into the switch, or the accumulator would be spilled from its registers.
#define ALWAYS_INLINE __attribute__((always_inline))

namespace reweight::tile {
namespace {

// Callers' blocks may begin at any float.
typedef float UnalignedVector __attribute__((vector_size(lanes * sizeof(float)), aligned(4), may_alias));
typedef uint16_t Halves __attribute__((vector_size(lanes * sizeof(uint16_t))));
typedef uint16_t UnalignedHalves __attribute__((vector_size(lanes * sizeof(uint16_t)), aligned(2), may_alias));

inline Vector read(const float* at, int index) { return reinterpret_cast<const UnalignedVector*>(at)[index]; }
inline void write(float* at, int index, Vector value) { reinterpret_cast<UnalignedVector*>(at)[index] = value; }

// Calls body(0), body(1), ... with constants, so that arrays of vectors indexed by them stay in registers.
template <typename Body, int... indices>
ALWAYS_INLINE inline void unrolled(const Body& body, std::integer_sequence<int, indices...>) {
  (body(std::integral_constant<int, indices>{}), ...);
}

// x = f(x) through memory; not inlined, because its registers would displace the accumulator's.
__attribute__((noinline)) void applyFunction(Code code, float* block, int count) {
  const int used = (count + lanes - 1) / lanes;
  const auto all = [&](auto function) {
    for (int i = 0; i < used; ++i) write(block, i, function(read(block, i)));
  };
  switch (code) {
    case Code::exp: return all([](Vector x) { return exp(x); });
    case Code::log: return all([](Vector x) { return log(x); });
    case Code::tanh: return all([](Vector x) { return tanh(x); });
    case Code::sigmoid: return all([](Vector x) { return sigmoid(x); });
    case Code::softplus: return all([](Vector x) { return softplus(x); });
    default:
      for (int i = 0; i < count; ++i) block[i] = std::sqrt(block[i]);
  }
}

// Rounds to the nearest bfloat16, ties to even; a NaN stays a NaN.
inline void writeBfloat16(float* at, int index, Vector value) {
  const Bits bits = (Bits)value;
  const Bits rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
  const Bits quiet = (bits >> 16) | 0x40u;
  reinterpret_cast<UnalignedHalves*>(at)[index] = __builtin_convertvector(value == value ? rounded : quiet, Halves);
}

}  // namespace

void execute(const Instruction* begin, const Instruction* end, float* const* places, int count) {
  constexpr int quarter = vectors / 4;
  const Vector zero{}, one = filled(1.0f);
  Vector x[vectors] = {};

  for (const Instruction* instruction = begin; instruction != end; ++instruction) {
    float* const a = places[instruction->place];
    const auto each = [](auto body) ALWAYS_INLINE { unrolled(body, std::make_integer_sequence<int, vectors>{}); };
    switch (instruction->code) {
      case Code::neg: each([&](auto i) ALWAYS_INLINE { x[i] = -x[i]; }); break;
      case Code::square: each([&](auto i) ALWAYS_INLINE { x[i] *= x[i]; }); break;
      case Code::relu: each([&](auto i) ALWAYS_INLINE { x[i] = x[i] < zero ? zero : x[i]; }); break;  // a NaN passes
      case Code::step: each([&](auto i) ALWAYS_INLINE { x[i] = x[i] > zero ? one : zero; }); break;
      case Code::reciprocal: each([&](auto i) ALWAYS_INLINE { x[i] = one / x[i]; }); break;

      case Code::add: each([&](auto i) ALWAYS_INLINE { x[i] += read(a, i); }); break;
      case Code::sub: each([&](auto i) ALWAYS_INLINE { x[i] -= read(a, i); }); break;
      case Code::subFrom: each([&](auto i) ALWAYS_INLINE { x[i] = read(a, i) - x[i]; }); break;
      case Code::mul: each([&](auto i) ALWAYS_INLINE { x[i] *= read(a, i); }); break;
      case Code::mulStep: each([&](auto i) ALWAYS_INLINE { x[i] *= read(a, i) > zero ? one : zero; }); break;
      case Code::stepMul: each([&](auto i) ALWAYS_INLINE { x[i] = (x[i] > zero ? one : zero) * read(a, i); }); break;
      case Code::equal: each([&](auto i) ALWAYS_INLINE { x[i] = x[i] == read(a, i) ? one : zero; }); break;

      case Code::load: each([&](auto i) ALWAYS_INLINE { x[i] = read(a, i); }); break;
      case Code::save: each([&](auto i) ALWAYS_INLINE { write(a, i, x[i]); }); break;
      case Code::saveBfloat16: each([&](auto i) ALWAYS_INLINE { writeBfloat16(a, i, x[i]); }); break;

      case Code::sum: each([&](auto i) ALWAYS_INLINE { write(a, i, read(a, i) + x[i]); }); break;
      case Code::sumFolded: {
        const auto fold = [&](auto i) ALWAYS_INLINE {
          const Vector folded = (x[i] + x[i + quarter]) + (x[i + 2 * quarter] + x[i + 3 * quarter]);
          write(a, i, read(a, i) + folded);
        };
        unrolled(fold, std::make_integer_sequence<int, quarter>{});
        break;
      }
      case Code::sumPart:
      case Code::sumPartFolded: {
        alignas(Vector) float copy[blockLength];
        each([&](auto i) ALWAYS_INLINE { write(copy, i, x[i]); });
        const int length = instruction->code == Code::sumPart ? blockLength : foldedLength;
        for (int j = 0; j < count; ++j) a[j % length] += copy[j];
        break;
      }
      default: {
        alignas(Vector) float copy[blockLength];
        each([&](auto i) ALWAYS_INLINE { write(copy, i, x[i]); });
        applyFunction(instruction->code, copy, count);
        each([&](auto i) ALWAYS_INLINE { x[i] = read(copy, i); });
      }
    }
  }
}

}  // namespace reweight::tile
