#include "tests/sim/flag.h"

#include "kernels/sim/engine.h"

namespace backlight::kernels::sim {
namespace {

struct Flag {
  bool is_up = false;
};

}  // namespace

void raise_flag(bool release) {
  Flag& flag = backlight::sim::block_state<Flag>();
  if (release) backlight::sim::release(&flag);
  flag.is_up = true;
}

void await_flag(bool acquire) {
  const backlight::sim::CallSite site(__builtin_return_address(0));
  Flag& flag = backlight::sim::block_state<Flag>();
  backlight::sim::wait_until("the flag", [&] { return flag.is_up; });
  if (acquire) backlight::sim::acquire(&flag);
}

}  // namespace backlight::kernels::sim
