// The state of the simulated machine: the launch, the block that runs, its warps and threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/sim/engine.h"
#include "kernels/sim/fiber.h"
#include "kernels/sim/happens_before.h"
#include "kernels/sim/launch.h"
#include "kernels/sim/random.h"

namespace backlight::sim {

// What a thread that cannot go on waits for.
struct Wait {
  const char* what = nullptr;  // null: it can go on
  const void* site = nullptr;  // where in the kernel
  // Asked by the scheduler, for threads that nobody makes runnable.
  bool (*ready)(void*) = nullptr;
  void* context = nullptr;
};

struct alignas(64) Thread {
  // What every access asks for.
  std::uintptr_t stack_low = 0;
  std::uint32_t rank = 0, lane = 0;
  Warp* warp = nullptr;
  Clock clock = 0;
  bool knows_more = false;  // *known holds something, beside what the warp and the block know
  bool exited = false;
  int vote = 0;                     // what the last __syncthreads_count and the like counted
  const void* call_site = nullptr;  // see CallSite
  std::uint64_t index = 0;          // threadIdx, see pack()
  Knowledge* known = nullptr;
  Fiber fiber;
  Wait wait;

  void learn(const Knowledge& more) {
    if (!knows_more) known->forget();
    known->learn(more);
    knows_more = !known->is_empty();
  }
};

// A warp instruction for which lanes have come, but not yet all of its mask.
struct Collective {
  std::uint32_t mask = 0, arrived = 0;
  const char* what = nullptr;
  void (*execute)(void* const (&lanes)[kWarpSize], std::uint32_t mask) = nullptr;
  void* arguments[kWarpSize] = {};
};

struct Warp {
  std::uint32_t rank = 0;
  std::uint32_t existing = 0, exited = 0;  // lanes that the block has, and that have ended
  Clock floor = 0;                         // see happens_before.h
  Thread* lanes = nullptr;                 // the first; the others follow
  Knowledge* known = nullptr;              // by all lanes, of other warps
  std::vector<Collective> pending;
};

// __syncthreads: who has come, and from where.
struct Barrier {
  std::uint32_t arrived = 0;
  const char* what = nullptr;
  const void* site = nullptr;  // of the first that came
  std::uint32_t first = 0;     // its rank
  int votes = 0;
};

struct Machine {
  // The launch.
  const LaunchRequest* launch = nullptr;
  std::uint64_t seed = 1;
  std::uint64_t launches = 0;  // since the seed was set
  Random random;
  Clock launch_floor = 0;  // accesses up to here belong to earlier launches
  // The blocks that have begun, each with the clock at which it did.
  std::vector<std::pair<Clock, std::uint32_t>> block_starts;

  // The block that runs.
  std::uint32_t block = 0;        // its rank in the grid
  std::uint64_t block_index = 0;  // blockIdx, see pack()
  std::uint32_t thread_count = 0, warp_count = 0, exited_count = 0;
  Clock clock = 0;        // the counter; never set back within a launch
  Clock block_start = 0;  // its value when the block began
  Clock block_floor = 0;  // see happens_before.h
  Barrier barrier;
  Thread* threads = nullptr;  // kMostThreads of them
  Warp* warps = nullptr;
  Fiber host;  // the control that called launch

  // A report that ends the launch; empty while there is none.
  std::string fault;
};

extern Machine machine;

// The thread on whose behalf the simulator works; null outside kernels. Each host thread has its
// own, so that host code compiled with the hooks can run beside a kernel.
extern constinit thread_local Thread* running;

// Three extents in one word, as registers hold them: x in the lowest 32 bits, y and z in 16 each.
constexpr std::uint64_t pack(std::uint64_t x, std::uint64_t y, std::uint64_t z) {
  return x | y << 32 | z << 48;
}

// CallSite for the engine's own entries: while it lives the running thread is in the simulator, not
// in its kernel, and the hooks are silent. They must be: functions of the standard library exist
// once in a program, and the linker may have taken the copy that was compiled with the hooks.
class Inside {
 public:
  explicit Inside(const void* site) : outer_(running->call_site) {
    if (!outer_) running->call_site = site;
  }
  ~Inside() { running->call_site = outer_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  // Where the kernel is: at the outermost call.
  const void* site() const { return running->call_site; }

 private:
  const void* outer_;
};

// --- scheduler.cpp ---

// Lets others run until somebody has made the running thread runnable, or until ready(context).
void block_running(const char* what, const void* site, bool (*ready)(void*) = nullptr,
                   void* context = nullptr);
void make_runnable(Thread& thread);

// --- barriers.cpp ---

// The thread has come to its end. Faults if others wait for it.
void thread_exits(Thread& thread);

}  // namespace backlight::sim
