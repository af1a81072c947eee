#include "kernels/sim/twins/cp_async.h"

#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

#include "kernels/sim/engine.h"
#include "tensor/error.h"

namespace backlight::sim {
namespace {

struct Copy {
  TransferId transfer;
  void* destination;
  std::size_t bytes;
  std::byte data[16];
};

struct Copies {
  std::vector<Copy> open;                // since the last commit
  std::deque<std::vector<Copy>> groups;  // the oldest first
};

void finish(std::vector<Copy>& copies) {
  for (const Copy& copy : copies) {
    std::memcpy(copy.destination, copy.data, copy.bytes);
    end_transfer(copy.transfer);
  }
  copies.clear();
}

void finish_all_but(Copies& copies, std::size_t newest) {
  while (copies.groups.size() > newest) {
    finish(copies.groups.front());
    copies.groups.pop_front();
  }
}

}  // namespace

void cp_async(void* destination, const void* source, int bytes, int source_bytes) {
  const CallSite site(__builtin_return_address(0));
  const auto size = static_cast<std::size_t>(bytes);
  if (source_bytes < 0 || source_bytes > bytes) {
    fault(str("cp.async of ", bytes, " bytes was given a source size of ", source_bytes));
  }
  if (!is_shared(destination)) fault("the destination of cp.async is not in shared memory");
  if (reinterpret_cast<std::uintptr_t>(source) % size != 0) {
    fault(str("the source of a cp.async of ", bytes, " bytes is not aligned to ", bytes));
  }
  Copy copy{0, destination, size, {}};
  if (source_bytes > 0) {
    if (!is_global(source)) fault("the source of cp.async is not in global memory");
    read_checked(source, static_cast<std::size_t>(source_bytes));
    std::memcpy(copy.data, source, static_cast<std::size_t>(source_bytes));
  }
  count(Instruction::cp_async, lane() == 0 ? 1 : 0, size);
  copy.transfer = begin_transfer(destination, size, "cp.async");
  thread_state<Copies>().open.push_back(copy);
}

void cp_async_commit() {
  const CallSite site(__builtin_return_address(0));
  Copies& copies = thread_state<Copies>();
  copies.groups.push_back(std::move(copies.open));
  copies.open.clear();
}

void cp_async_wait(int newest) {
  const CallSite site(__builtin_return_address(0));
  finish_all_but(thread_state<Copies>(), static_cast<std::size_t>(newest));
}

void cp_async_wait_all() {
  const CallSite site(__builtin_return_address(0));
  Copies& copies = thread_state<Copies>();
  finish_all_but(copies, 0);
  finish(copies.open);
}

}  // namespace backlight::sim
