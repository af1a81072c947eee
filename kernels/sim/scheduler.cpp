// Who runs: the launch, its blocks one after another, and the fibers of a block in random order.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <numeric>

#include "kernels/sim/counting.h"
#include "kernels/sim/machine.h"
#include "kernels/sim/memory.h"
#include "kernels/sim/races.h"
#include "kernels/sim/recording.h"
#include "kernels/sim/report.h"
#include "kernels/sim/state.h"

namespace backlight::sim {

Machine machine;
constinit thread_local Thread* running = nullptr;

namespace {

// The threads that can go on, and those whose wait.ready has to be asked.
struct Queue {
  Thread* threads[kMostThreads];
  std::uint32_t count = 0;

  void push(Thread& thread) { threads[count++] = &thread; }
  Thread& take(std::uint32_t i) {
    Thread& thread = *threads[i];
    threads[i] = threads[--count];
    return thread;
  }
};
Queue runnable, waiting;

// A random thread of those whose wait is over; null if there is none.
Thread* ask_the_waiting() {
  for (std::uint32_t left = waiting.count, i = left ? machine.random.below(left) : 0; left;
       --left) {
    const Wait& wait = waiting.threads[i]->wait;
    if (wait.ready(wait.context)) return &waiting.take(i);
    i = (i + 1) % waiting.count;
  }
  return nullptr;
}

// The next thread to run, at random; ends the launch if nobody can go on.
Thread& choose() {
  // Threads that wait for a condition are asked now and then even while others could run, so that
  // they do not always come last.
  if (waiting.count && (runnable.count == 0 || machine.random.below(4) == 0))
    if (Thread* thread = ask_the_waiting()) return *thread;
  if (runnable.count == 0) report_deadlock();
  return runnable.take(machine.random.below(runnable.count));
}

void run_thread(void* self) {
  Thread& thread = *static_cast<Thread*>(self);
  std::string error;
  try {
    machine.launch->run(machine.launch->arguments);
    thread.call_site = self;  // back in the simulator, see Inside
  } catch (const std::exception& exception) {
    thread.call_site = self;
    error = exception.what();
  }
  if (!error.empty()) fault_at(nullptr, error);
  thread_exits(thread);
  ++machine.exited_count;
  const bool is_last = machine.exited_count == machine.thread_count;
  Thread* next = is_last ? nullptr : &choose();
  running = next;
  thread.fiber.leave_to(next ? next->fiber : machine.host);
}

// Prepares threads and warps for a block of this launch.
void prepare_block(std::uint32_t block) {
  const auto [x, y, z] = machine.launch->grid;
  machine.block = block;
  machine.block_index = pack(block % x, block / x % y, block / x / y);
  machine.exited_count = 0;
  machine.block_floor = machine.block_start = machine.clock++;
  machine.block_starts.emplace_back(machine.block_start, block);
  machine.barrier = {};
  for (std::uint32_t w = 0; w < machine.warp_count; ++w) {
    machine.warps[w].exited = 0;
    machine.warps[w].floor = 0;
    machine.warps[w].pending.clear();
  }
  runnable.count = waiting.count = 0;
  for (std::uint32_t rank = 0; rank < machine.thread_count; ++rank) {
    Thread& t = machine.threads[rank];
    t.clock = machine.clock;
    t.exited = false;
    t.call_site = nullptr;
    t.wait = {};
    t.knows_more = false;
    t.fiber.start(rank, run_thread, &t);
    runnable.push(t);
  }
}

void run_block(std::uint32_t block) {
  prepare_block(block);
  begin_shared_block();
  running = &choose();
  {
    const MayLeak leak;
    machine.host.switch_to(running->fiber);
  }
  // Here either every thread has ended, or one has found a fault and the others are abandoned.
  running = nullptr;
  end_of_phase(nullptr);
  drop_state();
  end_transfers_of_block();
}

void check_request(const LaunchRequest& r) {
  const auto describe = [&] { return describe_launch(r); };
  const std::uint64_t threads = std::uint64_t{1} * r.block[0] * r.block[1] * r.block[2];
  require(threads >= 1 && threads <= kMostThreads && r.block[2] <= 64, describe(),
          ": a block has 1 to ", kMostThreads, " threads, and at most 64 along z");
  require(r.grid[0] >= 1 && r.grid[1] >= 1 && r.grid[2] >= 1 && r.grid[0] <= 0x7fffffff &&
              r.grid[1] <= 0xffff && r.grid[2] <= 0xffff,
          describe(), ": a grid has 1 to 2147483647 blocks along x, and 1 to 65535 along y and z");
  require(std::uint64_t{1} * r.grid[0] * r.grid[1] * r.grid[2] <= 0xffffffff, describe(),
          ": the simulator runs at most 2^32 - 1 blocks");
  require(r.shared_bytes <= kMostSharedBytes, describe(), ": a block has at most ",
          kMostSharedBytes, " bytes of shared memory");
}

void prepare_threads(const LaunchRequest& request) {
  static const bool made = [] {
    machine.threads = new Thread[kMostThreads];
    machine.warps = new Warp[kMostWarps];
    Knowledge* knowledge = new Knowledge[kMostThreads + kMostWarps];
    for (std::size_t i = 0; i < kMostThreads; ++i) machine.threads[i].known = knowledge++;
    for (std::size_t i = 0; i < kMostWarps; ++i) machine.warps[i].known = knowledge++;
    return true;
  }();
  static_cast<void>(made);
  const auto [x, y, z] = request.block;
  machine.thread_count = x * y * z;
  machine.warp_count = (machine.thread_count + kWarpSize - 1) / kWarpSize;
  for (std::uint32_t rank = 0; rank < machine.thread_count; ++rank) {
    Thread& t = machine.threads[rank];
    t.rank = rank;
    t.lane = rank % kWarpSize;
    t.warp = &machine.warps[rank / kWarpSize];
    t.stack_low = stack_low(rank);
    t.index = pack(rank % x, rank / x % y, rank / x / y);
  }
  for (std::uint32_t w = 0; w < machine.warp_count; ++w) {
    const std::uint32_t lanes = std::min(kWarpSize, machine.thread_count - w * kWarpSize);
    machine.warps[w].rank = w;
    machine.warps[w].lanes = machine.threads + w * kWarpSize;
    machine.warps[w].existing = 0xffffffffu >> (kWarpSize - lanes);
  }
}

std::uint64_t initial_seed() {
  const char* text = std::getenv("BACKLIGHT_SIM_SEED");
  return text ? std::strtoull(text, nullptr, 10) : 1;
}

}  // namespace

void block_running(const char* what, const void* site, bool (*ready)(void*), void* context) {
  Thread& self = *running;
  self.wait.what = what;
  self.wait.site = site;
  if (ready) {
    self.wait.ready = ready;
    self.wait.context = context;
    waiting.push(self);
  }
  Thread& next = choose();
  if (&next != &self) {
    running = &next;
    self.fiber.switch_to(next.fiber);
  }
  self.wait.what = nullptr;
}

void make_runnable(Thread& thread) { runnable.push(thread); }

void yield() {
  const Inside here(__builtin_return_address(0));
  Thread& self = *running;
  runnable.push(self);
  block_running(nullptr, nullptr);
}

void wait_until(const char* what, bool (*ready)(void*), void* context) {
  const Inside here(__builtin_return_address(0));
  if (ready(context) && machine.random.below(2)) return;
  block_running(what, here.site(), ready, context);
}

void end_launch_with(const std::string& report) {
  machine.fault = report;
  if (!running) throw Fault(report);
  Thread& self = *running;
  running = nullptr;
  self.fiber.leave_to(machine.host);
}

void run_launch(const LaunchRequest& request) {
  static std::mutex one_at_a_time;
  require(!running, "a kernel cannot launch another kernel in the simulator");
  if (keep_launch(request)) return;
  const std::lock_guard lock(one_at_a_time);
  check_request(request);
  machine.seed = seed();
  machine.launch = &request;
  const struct AtTheEnd {
    ~AtTheEnd() { machine.launch = nullptr; }
  } at_the_end;
  ++machine.launches;
  machine.random = Random(machine.seed * 0x100000001b3 + machine.launches);
  machine.fault.clear();
  begin_clock();
  prepare_threads(request);
  begin_shared_launch(request.shared_bytes);
  begin_counting();
  std::vector<std::uint32_t> order(request.grid[0] * request.grid[1] * request.grid[2]);
  std::iota(order.begin(), order.end(), 0u);
  for (std::uint32_t left = static_cast<std::uint32_t>(order.size()); left > 1; --left)
    std::swap(order[left - 1], order[machine.random.below(left)]);
  for (const std::uint32_t block : order) {
    run_block(block);
    if (!machine.fault.empty()) throw Fault(machine.fault);
  }
  end_counting();
}

namespace {
std::uint64_t& seed_in_force() {
  static std::uint64_t seed = initial_seed();
  return seed;
}
}  // namespace

void set_seed(std::uint64_t seed) {
  seed_in_force() = seed;
  machine.launches = 0;
}

std::uint64_t seed() { return seed_in_force(); }

}  // namespace backlight::sim
