#include "kernels/sim/fiber.h"

#include <sys/mman.h>

#include <cstdlib>

#include "kernels/sim/limits.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

namespace backlight::sim {
namespace {

using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

constexpr std::size_t kGuardBytes = 4096;
constexpr std::size_t kStride = kStackBytes + kGuardBytes;
constexpr std::size_t kAllStacks = kStride * kMostThreads;

std::uintptr_t all_stacks() {
  static const std::uintptr_t base = [] {
    std::byte* region = reserve_memory(kAllStacks);
    for (std::size_t stack = 0; stack < kMostThreads; ++stack)
      mprotect(region + stack * kStride, kGuardBytes, PROT_NONE);
    return reinterpret_cast<std::uintptr_t>(region);
  }();
  return base;
}

// What travels with a switch, on the stack of the control that stops.
struct Switch {
  Fiber* from;
  Fiber* to;
};

}  // namespace

std::uintptr_t stack_low(std::size_t stack) { return all_stacks() + stack * kStride + kGuardBytes; }

bool is_on_a_stack(std::uintptr_t address) { return address - all_stacks() < kAllStacks; }

void Fiber::start(std::size_t stack, void (*entry)(void*), void* argument) {
  const std::uintptr_t low = stack_low(stack);
  // Threads run the same code: without this their frames would all fall into the same few sets of
  // the cache.
  const std::size_t colour = stack % 61 * 64;
  context_ = make_fcontext(reinterpret_cast<void*>(low + kStackBytes - colour),
                           kStackBytes - colour, &Fiber::begin);
  entry_ = entry;
  argument_ = argument;
  stack_low_ = reinterpret_cast<void*>(low);
  stack_bytes_ = kStackBytes;
  fake_stack_ = nullptr;
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(stack_low_, stack_bytes_);  // what an abandoned fiber left marked
#endif
}

MayLeak::MayLeak() {
#ifdef __SANITIZE_ADDRESS__
  __lsan_disable();
#endif
}
MayLeak::~MayLeak() {
#ifdef __SANITIZE_ADDRESS__
  __lsan_enable();
#endif
}

void Fiber::begin(transfer_t from) {
  Fiber* self = static_cast<Switch*>(from.data)->to;
  self->arrive(from);
  self->entry_(self->argument_);
  std::abort();
}

void Fiber::jump(Fiber& next, [[maybe_unused]] void** fake_stack) {
  Switch ends{this, &next};
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(fake_stack, next.stack_low_, next.stack_bytes_);
#endif
  arrive(jump_fcontext(next.context_, &ends));
}

// The other end of a switch: the control that goes on stores where the one before it stopped.
void Fiber::arrive(transfer_t from) {
  Fiber* previous = static_cast<Switch*>(from.data)->from;
  previous->context_ = from.fctx;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(fake_stack_, &previous->stack_low_, &previous->stack_bytes_);
#endif
}

void Fiber::switch_to(Fiber& next) { jump(next, &fake_stack_); }

void Fiber::leave_to(Fiber& next) {
  jump(next, nullptr);
  std::abort();
}

}  // namespace backlight::sim
