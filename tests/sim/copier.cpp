#include "tests/sim/copier.h"

#include <cstring>
#include <vector>

#include "kernels/sim/engine.h"

namespace backlight::kernels::sim {
namespace {

struct Copy {
  backlight::sim::TransferId id;
  void* to;
  const void* from;
  std::size_t bytes;
};
struct Copies {
  std::vector<Copy> open;
};
struct Done {
  bool all = false;
};
struct Reading {
  backlight::sim::TransferId id = 0;
};

void finish(const void* object) {
  for (const Copy& copy : backlight::sim::thread_state<Copies>().open) {
    std::memcpy(copy.to, copy.from, copy.bytes);
    backlight::sim::end_transfer(copy.id, object);
  }
  backlight::sim::thread_state<Copies>().open.clear();
}

}  // namespace

void start_copy(void* to, const void* from, std::size_t bytes) {
  const backlight::sim::CallSite site(__builtin_return_address(0));
  backlight::sim::read_checked(from, bytes);
  const auto id = backlight::sim::begin_transfer(to, bytes, "a copy");
  backlight::sim::thread_state<Copies>().open.push_back({id, to, from, bytes});
}

void finish_copies() {
  const backlight::sim::CallSite site(__builtin_return_address(0));
  finish(nullptr);
}

void finish_copies_on(const void* object) {
  const backlight::sim::CallSite site(__builtin_return_address(0));
  finish(object);
  backlight::sim::block_state<Done>().all = true;
}

void await_copies() {
  const backlight::sim::CallSite site(__builtin_return_address(0));
  const Done& done = backlight::sim::block_state<Done>();
  backlight::sim::wait_until("the copies", [&] { return done.all; });
}

void acquire_object(const void* object) { backlight::sim::acquire(object); }

void start_read(const void* from, std::size_t bytes) {
  const backlight::sim::CallSite site(__builtin_return_address(0));
  backlight::sim::thread_state<Reading>().id =
      backlight::sim::begin_async_read(from, bytes, "a long read");
}

void finish_read() { backlight::sim::end_async_read(backlight::sim::thread_state<Reading>().id); }

}  // namespace backlight::kernels::sim
