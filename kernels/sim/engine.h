// The seam between the simulator's engine and the twins of GPU instructions: who is running, how
// threads wait for one another, and how memory is accessed under the simulator's checks.
// Everything here is called from inside a kernel, on the fiber of a simulated thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "kernels/sim/statistics.h"

namespace backlight::sim {

inline constexpr std::uint32_t kWarpSize = 32;

// --- Who is running -----------------------------------------------------------------------------

// Linear indices: of the thread in its block (x fastest), of its warp, of its lane in the warp, and
// of the block in its grid.
std::uint32_t thread_rank();
std::uint32_t warp_rank();
std::uint32_t lane();
std::uint32_t block_rank();

// The address a report names for what the running thread does: the return address of a call made
// by the kernel. An engine function uses its own return address unless a CallSite is in force, so
// the entry of a twin that is not inlined into the kernel begins with
//   const CallSite site(__builtin_return_address(0));
// While one lives, loads and stores are the twin's own business: the hooks are silent, and only
// read_checked and the like are checked.
class CallSite {
 public:
  explicit CallSite(const void* address);
  ~CallSite();
  CallSite(const CallSite&) = delete;
  CallSite& operator=(const CallSite&) = delete;

 private:
  const void* outer_;
};

// While it lives, checks, reports and counts are for this lane of the running warp, at the address
// where that lane waits: for the code that executes a collective for all its lanes.
class ActingLane {
 public:
  explicit ActingLane(std::uint32_t lane);
  ~ActingLane();
  ActingLane(const ActingLane&) = delete;
  ActingLane& operator=(const ActingLane&) = delete;

 private:
  void* outer_;
  const void* outer_site_;
};

// Ends the launch with a report: `text` (one sentence), then kernel, block, thread, place and seed.
[[noreturn]] void fault(const std::string& text);

// --- Waiting for one another --------------------------------------------------------------------

// A warp-wide instruction. The lanes in `mask` post their arguments; the last to arrive calls
// `execute` for all of them (entries of lanes outside the mask are null); then all go on, each
// knowing what every lane of the mask had done before (as after __syncwarp(mask)).
// Faults: the caller is not in its mask; the mask names a lane that has exited or does not exist;
// lanes come with different masks or to different instructions (`what` or `execute` differ).
using Lanes = void* [kWarpSize];
void collective(std::uint32_t mask, const char* what, void* lane_arguments,
                void (*execute)(void* const (&lanes)[kWarpSize], std::uint32_t mask));

// Blocks the running thread until ready(context). `what` is what a deadlock report says it waits
// for. It orders nothing by itself: follow it with acquire(). `ready` may be called on any thread.
void wait_until(const char* what, bool (*ready)(void* context), void* context);

template <typename Ready>
void wait_until(const char* what, const Ready& ready) {
  wait_until(
      what, [](void* context) { return (*static_cast<const Ready*>(context))(); },
      const_cast<void*>(static_cast<const void*>(&ready)));
}

// Lets another thread run: for instructions that a kernel may spin on.
void yield();

// A number that the launch's seed decides: for what the hardware is free to do either way.
std::uint32_t random_number();

// Happens-before between threads through an object, named by its address (an mbarrier, say): what
// the running thread knew when it released is known to every thread that acquires afterwards. A
// release speaks for its own thread alone: what the other lanes did it covers only where a
// __syncwarp or another collective told this lane. Objects live until the block ends.
void release(const void* object);
void acquire(const void* object);

// --- Memory -------------------------------------------------------------------------------------

// Where a pointer lies in the block's shared memory, as the 32-bit shared-space address that PTX
// instructions and descriptors take (below 2^18), and back. Fault: the pointer is not to shared
// memory.
std::uint32_t shared_offset(const void* pointer);
void* shared_pointer(std::uint32_t offset);
bool is_shared(const void* pointer);
bool is_global(const void* pointer);

// One access of the running thread to shared or global memory under all checks (bounds, alignment
// to `size` if that is a power of two up to 16, unwritten bytes, transfers in flight, races), and
// counted. They check only: the caller moves the bytes.
void read_checked(const void* pointer, std::size_t size);
void write_checked(void* pointer, std::size_t size);
void atomic_checked(void* pointer, std::size_t size);

// A copy that goes on by itself (cp.async, TMA) into [to, to + bytes). begin_transfer checks it as
// a write of the running thread, fills the destination with NaN and marks it in flight: until its
// end any access is a fault, "used before its wait". The caller puts the bytes there and then ends
// it. A transfer that is still in flight when its block ends is a fault.
using TransferId = std::uint64_t;
TransferId begin_transfer(void* to, std::size_t bytes, const char* what);

// The end of a transfer. With no object, the bytes are as if the running thread had just written
// them (cp.async.wait_group). With an object, they are the work of the copy engine, and only a
// thread that acquires the object afterwards may touch them (TMA and its mbarrier). The copy engine
// publishes nothing else there: the threads that arrive call release() themselves.
void end_transfer(TransferId id, const void* object = nullptr);

// An instruction that goes on reading [from, from + bytes) by itself (the operands of wgmma, the
// source of a bulk store). Checked as a read of the running thread; a write into the range before
// the end is a fault.
TransferId begin_async_read(const void* from, std::size_t bytes, const char* what);
void end_async_read(TransferId id);

// --- The async proxy ----------------------------------------------------------------------------

// Ordinary stores to shared memory (and what cp.async delivers) go through the generic proxy; wgmma
// and TMA read through the async proxy, which need not see them before a fence.proxy.async.

// fence.proxy.async: the async proxy sees what the running thread has stored so far.
void fence_async_proxy();

// For what is about to read or overwrite [from, from + bytes) through the async proxy: fault,
// naming `what` and the writer, if a byte was last written through the generic proxy and its writer
// has passed no fence_async_proxy() since. Transfers that ended with an object were written by the
// async proxy itself.
void check_async_visible(const void* from, std::size_t bytes, const char* what);

// --- Statistics ---------------------------------------------------------------------------------

// Adds n instructions of a kind, and bytes moved by them, to the launch's statistics and to the
// line of the current site. Nothing when counting is off.
void count(Instruction kind, std::uint64_t n = 1, std::uint64_t bytes = 0);

// --- State of the twins -------------------------------------------------------------------------

// An object of the running block or thread, made by its default constructor at first use and
// destroyed when the block ends (also after a fault): the mbarriers of a block, the open cp.async
// groups of a thread. One object for each type.
using StateKey = const void*;
using StatePointer = std::unique_ptr<void, void (*)(void*)>;
void* find_state(StateKey key, bool per_thread, StatePointer (*make)());

template <typename T>
T& state(bool per_thread) {
  static const char key = 0;
  return *static_cast<T*>(find_state(&key, per_thread, [] {
    return StatePointer(new T(), [](void* object) { delete static_cast<T*>(object); });
  }));
}
template <typename T>
T& block_state() {
  return state<T>(false);
}
template <typename T>
T& thread_state() {
  static_assert(!std::is_empty_v<T>);
  return state<T>(true);
}

}  // namespace backlight::sim
