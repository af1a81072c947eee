// Who is running, and what twins keep: the small change of engine.h.
#include "kernels/sim/engine.h"

#include <map>
#include <utility>

#include "kernels/sim/language/index.h"
#include "kernels/sim/machine.h"
#include "kernels/sim/memory.h"
#include "kernels/sim/report.h"
#include "kernels/sim/state.h"

namespace backlight::sim {

std::uint32_t thread_rank() { return running->rank; }
std::uint32_t warp_rank() { return running->warp->rank; }
std::uint32_t lane() { return running->lane; }
std::uint32_t block_rank() { return machine.block; }

CallSite::CallSite(const void* address) : outer_(running->call_site) {
  if (!outer_) running->call_site = address;
}
CallSite::~CallSite() { running->call_site = outer_; }

ActingLane::ActingLane(std::uint32_t lane) : outer_(running) {
  running = &running->warp->lanes[lane];
  outer_site_ = std::exchange(running->call_site, running->wait.site);
}
ActingLane::~ActingLane() {
  running->call_site = outer_site_;
  running = static_cast<Thread*>(outer_);
}

std::uint64_t packed_thread_index() { return running->index; }
std::uint64_t packed_block_index() { return machine.block_index; }
std::uint64_t packed_block_size() {
  const auto [x, y, z] = machine.launch->block;
  return pack(x, y, z);
}
std::uint64_t packed_grid_size() {
  const auto [x, y, z] = machine.launch->grid;
  return pack(x, y, z);
}

void fault(const std::string& text) {
  const Inside here(__builtin_return_address(0));
  fault_at(here.site(), text);
}

std::uint32_t shared_offset(const void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const Inside here(__builtin_return_address(0));
  if (!shared_space.holds(address))
    fault_at(here.site(),
             "the address of something in shared memory is wanted, and this is not there");
  return static_cast<std::uint32_t>(address - shared_space.base);
}

void* shared_pointer(std::uint32_t offset) {
  const Inside here(__builtin_return_address(0));
  if (offset >= shared_space.bytes)
    fault_at(here.site(),
             str("the shared address ", offset, " is beyond the shared memory of a block"));
  return shared_space.at(offset);
}

bool is_shared(const void* pointer) {
  return shared_space.holds(reinterpret_cast<std::uintptr_t>(pointer));
}
bool is_global(const void* pointer) {
  return global_space.holds(reinterpret_cast<std::uintptr_t>(pointer));
}

std::uint32_t random_number() { return static_cast<std::uint32_t>(machine.random.next() >> 32); }

namespace {
using States = std::map<std::pair<StateKey, const void*>, StatePointer>;
States& states() {
  static States objects;
  return objects;
}
}  // namespace

void* find_state(StateKey key, bool per_thread, StatePointer (*make)()) {
  const Inside here(__builtin_return_address(0));
  const auto place = std::pair(key, static_cast<const void*>(per_thread ? running : nullptr));
  const auto found = states().find(place);
  if (found != states().end()) return found->second.get();
  return states().emplace(place, make()).first->second.get();
}

void drop_state() { states().clear(); }

}  // namespace backlight::sim
