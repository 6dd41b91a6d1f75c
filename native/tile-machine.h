// The machine that runs a group's operations: one accumulator, a block of floats wide, that stays in vector registers.
//
// A block is as many floats as the accumulator's registers hold. An instruction works on the accumulator and on a block
// in memory, its place: `sub 3` subtracts place 3. A chain of operations thus costs one read per operand and writes
// nothing until a value is needed twice or leaves for memory.
#pragma once

#include <cstdint>

namespace reweight::tile {

// Vector extensions of GCC and Clang, so that the same code compiles everywhere; sizes follow the registers there are.
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
// Sums over blocks whose channels repeat at least this often are folded to so many floats before they meet memory.
constexpr int foldedLength = blockLength / 4;

typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));
typedef int32_t Integers __attribute__((vector_size(lanes * sizeof(float))));
typedef uint32_t Bits __attribute__((vector_size(lanes * sizeof(float))));

// In the formulas x is the accumulator and a the instruction's place.
enum class Code : uint16_t {
  // Operations of one operand: x = f(x).
  neg, square, relu, step, reciprocal, sqrt, exp, log, tanh, sigmoid, softplus,
  // Operations of two: x = x∘a; subFrom is a - x, mulStep is x·step(a), stepMul is step(x)·a.
  add, sub, subFrom, mul, mulStep, stepMul, equal,
  // Movement: x = a, a = x, and a += x for the lanes of a sum. sumPart adds the first lanes of a block that ends early.
  load, save, saveBfloat16, sum, sumFolded, sumPart, sumPartFolded,
};

struct Instruction {
  Code code;
  uint16_t place;  // 0 where none is needed
};

// Runs a program on one block. Only the first `count` lanes count; the rest may hold anything.
void execute(const Instruction* begin, const Instruction* end, float* const* places, int count);

}  // namespace reweight::tile
