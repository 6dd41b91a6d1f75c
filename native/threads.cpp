#include "threads.h"

#include <dlfcn.h>
#include <omp.h>

namespace reweight {

void useThreads(int threads) {
  using Set = void (*)(int);
  static const auto setBlas = reinterpret_cast<Set>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  omp_set_num_threads(threads);
  if (setBlas != nullptr) setBlas(threads);
}

}  // namespace reweight
