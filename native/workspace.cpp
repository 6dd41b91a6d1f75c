#include "workspace.h"

#include <cstdlib>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace reweight {
namespace {

// Whole huge pages: streaming over large arrays then rarely misses the TLB.
constexpr int64_t kPage = int64_t{2} << 20;

at::Tensor hostBlock(int64_t bytes) {
  if (bytes == 0) return at::empty({0}, at::kByte);  // aligned_alloc may give null for no bytes, and need not
  const int64_t whole = (bytes + kPage - 1) / kPage * kPage;
  void* block = std::aligned_alloc(kPage, whole);
  if (!block) throw std::bad_alloc();
#ifdef __linux__
  madvise(block, whole, MADV_HUGEPAGE);
#endif
  return at::from_blob(block, {whole}, [](void* p) { std::free(p); }, at::kByte);
}

}  // namespace

Workspace::Lease::Lease(Workspace& workspace, int64_t bytes)
    : workspace_(workspace), claim_(workspace.claims_.insert(bytes)) {}

Workspace::Lease::~Lease() {
  workspace_.claims_.erase(claim_);
  if (workspace_.claims_.empty()) workspace_.block_.reset();
}

char* Workspace::base() {
  const int64_t wanted = claims_.empty() ? 0 : *claims_.rbegin();
  if (!block_.defined() || block_.numel() < wanted) {
    block_.reset();  // the old block goes first: two at once would double the peak
    block_ = device_.is_cpu() ? hostBlock(wanted) : at::empty({wanted}, at::TensorOptions(device_).dtype(at::kByte));
  }
  return static_cast<char*>(block_.data_ptr());
}

}  // namespace reweight
