// The result of each op from its operands: the shape rules of src/ops, for programs that may not come from there.
#pragma once

#include <vector>

#include "attributes.h"
#include "shapes.h"

namespace reweight::results {

using Specs = std::vector<ArraySpec>;

// Each throws std::invalid_argument if the operands' number, shapes or types, or the attributes, do not fit the op.

// Element-wise, on floats of one shape.
ArraySpec unary(const Specs& in, const Attributes& attrs);
ArraySpec binary(const Specs& in, const Attributes& attrs);
// The operand itself, of any type.
ArraySpec same(const Specs& in, const Attributes& attrs);
ArraySpec rounded(const Specs& in, const Attributes& attrs);  // bfloat16

ArraySpec fill(const Specs& in, const Attributes& attrs);
ArraySpec expand(const Specs& in, const Attributes& attrs);
ArraySpec reduction(const Specs& in, const Attributes& attrs);  // sum, max

ArraySpec reshape(const Specs& in, const Attributes& attrs);
ArraySpec transpose(const Specs& in, const Attributes& attrs);
ArraySpec slice(const Specs& in, const Attributes& attrs);
ArraySpec pad(const Specs& in, const Attributes& attrs);
ArraySpec concat(const Specs& in, const Attributes& attrs);
ArraySpec splitHeads(const Specs& in, const Attributes& attrs);
ArraySpec mergeHeads(const Specs& in, const Attributes& attrs);

ArraySpec matmul(const Specs& in, const Attributes& attrs);
ArraySpec conv2d(const Specs& in, const Attributes& attrs);
ArraySpec conv2dInputGrad(const Specs& in, const Attributes& attrs);
ArraySpec conv2dWeightGrad(const Specs& in, const Attributes& attrs);

ArraySpec gather(const Specs& in, const Attributes& attrs);
ArraySpec scatterAdd(const Specs& in, const Attributes& attrs);
ArraySpec take(const Specs& in, const Attributes& attrs);
ArraySpec put(const Specs& in, const Attributes& attrs);
ArraySpec oneHot(const Specs& in, const Attributes& attrs);
ArraySpec iota(const Specs& in, const Attributes& attrs);
ArraySpec placeVectors(const Specs& in, const Attributes& attrs);

ArraySpec keepMask(const Specs& in, const Attributes& attrs);

}  // namespace reweight::results
