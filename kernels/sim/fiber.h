// Fibers: the stacks of simulated threads, and the switch from one to another.
#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>
#include <cstdint>

namespace backlight::sim {

inline constexpr std::size_t kStackBytes = 128 << 10;

// A thread of control with a stack of its own. It is only ever resumed on one host thread, and may
// be abandoned in the middle: what is on its stack is then forgotten, not destroyed.
class Fiber {
 public:
  // Stands for the control that the host thread already has; other fibers can switch to it once it
  // has switched to one of them.
  Fiber() = default;

  // Prepares to run entry(argument) on the stack with this index, which is not in use, when next
  // switched to. `entry` must not return.
  void start(std::size_t stack, void (*entry)(void*), void* argument);

  // Saves the running control in this fiber and goes on with `next`; returns when somebody switches
  // back to this one.
  void switch_to(Fiber& next);

  // The same from a fiber that will not run again.
  [[noreturn]] void leave_to(Fiber& next);

 private:
  static void begin(boost::context::detail::transfer_t from);
  void jump(Fiber& next, void** fake_stack);
  void arrive(boost::context::detail::transfer_t from);

  boost::context::detail::fcontext_t context_ = nullptr;
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  // Where the stack lies, and a token: for AddressSanitizer, which is told of every switch.
  const void* stack_low_ = nullptr;
  std::size_t stack_bytes_ = 0;
  void* fake_stack_ = nullptr;
};

// While it lives, memory that this host thread allocates need not be freed: a fiber that finds a
// fault is abandoned, and with it the texts that it had put together.
class MayLeak {
 public:
  MayLeak();
  ~MayLeak();
  MayLeak(const MayLeak&) = delete;
  MayLeak& operator=(const MayLeak&) = delete;
};

// The lowest address of the stack with this index (below kMostThreads), and whether an address lies
// on any of them. Beneath each is a guard page, so that an overflow ends the program at once.
std::uintptr_t stack_low(std::size_t stack);
bool is_on_a_stack(std::uintptr_t address);

}  // namespace backlight::sim
