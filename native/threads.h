// How many threads the engine computes with.
#pragma once

namespace reweight {

// Sets the threads of our loops and libtorch's, and of matrix products, which libtorch leaves to the system's BLAS.
// OpenBLAS has threads of its own that OpenMP does not reach; another BLAS that is not built on OpenMP keeps its number.
void useThreads(int threads);

}  // namespace reweight
