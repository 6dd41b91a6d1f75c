// The machine that runs a group's operations. Its accumulator is one block of floats, kept in vector registers.
//
// An instruction works on the accumulator and on a block in memory, its place: `sub 3` subtracts place 3. So a chain of
// operations costs one read per operand, and writes only values that are needed twice or stored.
#pragma once

#include <cstdint>

namespace reweight::tile {

// Vector extensions of GCC and Clang: the same code compiles everywhere. Sizes follow the available registers.
#if defined(__AVX512F__)
constexpr int lanes = 16, vectors = 16;
#elif defined(__AVX__)
constexpr int lanes = 8, vectors = 8;
#elif defined(__aarch64__)
constexpr int lanes = 4, vectors = 16;
#else
constexpr int lanes = 4, vectors = 8;
#endif
constexpr int blockLength = lanes * vectors;
// The lanes of a sum are folded to this many floats if it keeps no columns, or if their number divides this length.
constexpr int foldedLength = blockLength / 4;

typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));
typedef int32_t Integers __attribute__((vector_size(lanes * sizeof(float))));
typedef uint32_t Bits __attribute__((vector_size(lanes * sizeof(float))));

// In the formulas x is the accumulator and a the instruction's place.
enum class Code : uint16_t {
  // Unary operations: x = f(x).
  neg, square, relu, step, reciprocal, sqrt, exp, log, tanh, sigmoid, softplus,
  // Binary operations: x = x∘a; subFrom is a - x, mulStep is x·step(a), stepMul is step(x)·a.
  add, sub, subFrom, mul, mulStep, stepMul, equal,
  // Moves: x = a, a = x, and a += x for the lanes of a sum. sumPart adds the first lanes of a short block.
  load, save, saveBfloat16, sum, sumFolded, sumPart, sumPartFolded,
};

struct Instruction {
  Code code;
  uint16_t place;  // 0 if unused
};

// Runs a program on one block. Only the first `count` lanes are valid; the others may hold anything.
void execute(const Instruction* begin, const Instruction* end, float* const* places, int count);

}  // namespace reweight::tile
