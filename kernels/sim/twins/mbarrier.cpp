#include "kernels/sim/twins/mbarrier.h"

#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>

#include "tensor/error.h"

namespace backlight::sim {
namespace {

constexpr std::uint32_t kMostArrivals = (1u << 20) - 1;
constexpr std::int64_t kMostBytes = (1 << 20) - 1;

struct Barrier {
  std::uint32_t arrivals = 0;  // that a phase has
  std::uint32_t pending = 0;   // that the current phase still waits for
  std::int64_t bytes = 0;      // expected and not yet here; negative if here and not yet expected
  std::uint64_t phase = 0;
  std::uint32_t initialised_by = 0;
  bool fenced = false;               // since its init
  std::uint32_t waiting = 0;         // threads
  std::vector<Delivery> deliveries;  // on their way
  std::uint64_t order[2] = {};       // what happens-before is named by, for even and odd phases

  const void* current() const { return &order[phase % 2]; }

  void end_phase_if_complete() {
    if (pending != 0 || bytes != 0) return;
    ++phase;
    pending = arrivals;
  }
  void land(std::size_t index);
};

struct Barriers {
  std::unordered_map<std::uint32_t, Barrier> at;  // by shared address
};

// What the eight bytes of a live barrier hold, so that a store over them is noticed.
std::uint64_t tag_of(std::uint32_t address) { return 0xb1ac4e2a7e12a000u ^ address; }

void Barrier::land(std::size_t index) {
  const Delivery delivery = std::move(deliveries[index]);
  deliveries.erase(deliveries.begin() + static_cast<std::ptrdiff_t>(index));
  std::memcpy(delivery.destination, delivery.data.data(), delivery.data.size());
  bytes -= static_cast<std::int64_t>(delivery.data.size());
  end_transfer(delivery.transfer, current());
  end_phase_if_complete();
}

// The barrier at an address, for one of its instructions.
Barrier& find(std::uint64_t* object) {
  if (!is_shared(object)) fault("an mbarrier is not in shared memory");
  const std::uint32_t address = shared_offset(object);
  auto& barriers = block_state<Barriers>().at;
  const auto found = barriers.find(address);
  if (found == barriers.end()) {
    fault(str("there is no mbarrier at shared address ", address, ": call init first"));
  }
  if (*object != tag_of(address)) {
    fault(str("the mbarrier at shared address ", address, " was overwritten"));
  }
  return found->second;
}

Barrier& use(std::uint64_t* object) {
  Barrier& barrier = find(object);
  atomic_checked(object, sizeof *object);
  count(Instruction::mbarrier);
  return barrier;
}

bool is_complete(const Barrier& barrier, std::uint32_t parity) {
  return barrier.phase % 2 != parity;
}

// Whether the phase of this parity is complete, after the transfers that alone hold it up landed.
bool complete_if_possible(Barrier& barrier, std::uint32_t parity) {
  while (!is_complete(barrier, parity) && barrier.pending == 0 && !barrier.deliveries.empty()) {
    barrier.land(random_number() % barrier.deliveries.size());
  }
  return is_complete(barrier, parity);
}

void check_parity(std::uint32_t parity) {
  if (parity > 1) fault(str("an mbarrier was asked for parity ", parity, "; it is 0 or 1"));
}

// A kernel that asks again and again for what never comes would hang the simulator; after so many
// refusals its thread waits in earnest, and the report of a deadlock names it.
constexpr int kPatience = 10000;

struct Refusals {
  int in_a_row = 0;
};

// What a deadlock report says of a thread that waits: kept up to date where the report finds it.
class Reason {
 public:
  Reason(std::uint64_t* object, const Barrier& barrier, std::uint32_t parity)
      : address_(shared_offset(object)), barrier_(barrier), parity_(parity) {
    update();
  }
  void update() {
    const std::string text =
        str("mbarrier at shared address ", address_, " to complete parity ", parity_, ": in phase ",
            barrier_.phase, ", ", barrier_.pending, " of ", barrier_.arrivals, " arrivals and ",
            barrier_.bytes, " bytes are missing");
    text_[text.copy(text_, sizeof text_ - 1)] = 0;
  }
  const char* text() const { return text_; }

 private:
  std::uint32_t address_;
  const Barrier& barrier_;
  std::uint32_t parity_;
  char text_[192];
};

void wait_for(std::uint64_t* object, Barrier& barrier, std::uint32_t parity) {
  if (!complete_if_possible(barrier, parity)) {
    Reason reason(object, barrier, parity);
    ++barrier.waiting;
    wait_until(reason.text(), [&] {
      if (complete_if_possible(barrier, parity)) return true;
      reason.update();
      return false;
    });
    --barrier.waiting;
  }
  acquire(&barrier.order[parity]);
}

}  // namespace

void mbarrier_init(std::uint64_t* object, std::uint32_t arrivals) {
  const CallSite site(__builtin_return_address(0));
  if (!is_shared(object)) fault("an mbarrier is not in shared memory");
  if (arrivals < 1 || arrivals > kMostArrivals) {
    fault(str("an mbarrier cannot count ", arrivals, " arrivals; 1 .. ", kMostArrivals));
  }
  write_checked(object, sizeof *object);
  count(Instruction::mbarrier);
  const std::uint32_t address = shared_offset(object);
  Barrier barrier;
  barrier.arrivals = barrier.pending = arrivals;
  barrier.initialised_by = thread_rank();
  if (!block_state<Barriers>().at.emplace(address, std::move(barrier)).second) {
    fault(str("the mbarrier at shared address ", address,
              " is initialised while it is alive; invalidate it first"));
  }
  *object = tag_of(address);
}

void mbarrier_invalidate(std::uint64_t* object) {
  const CallSite site(__builtin_return_address(0));
  const Barrier& barrier = find(object);
  if (!barrier.deliveries.empty() || barrier.waiting > 0) {
    fault("an mbarrier is invalidated while a transfer or a thread still needs it");
  }
  write_checked(object, sizeof *object);
  count(Instruction::mbarrier);
  block_state<Barriers>().at.erase(shared_offset(object));
  *object = 0;
}

void mbarrier_arrive(std::uint64_t* object, std::uint32_t bytes) {
  const CallSite site(__builtin_return_address(0));
  Barrier& barrier = use(object);
  if (barrier.pending == 0) {
    fault(str("one arrival more than the ", barrier.arrivals,
              " of a phase, while its bytes are still missing"));
  }
  barrier.bytes += bytes;
  if (barrier.bytes > kMostBytes) {
    fault(str("an mbarrier expects ", barrier.bytes, " bytes; it can count ", kMostBytes));
  }
  release(barrier.current());
  --barrier.pending;
  barrier.end_phase_if_complete();
}

bool mbarrier_try_wait(std::uint64_t* object, std::uint32_t parity) {
  const CallSite site(__builtin_return_address(0));
  check_parity(parity);
  Barrier& barrier = use(object);
  int& refusals = thread_state<Refusals>().in_a_row;
  if (complete_if_possible(barrier, parity)) {
    refusals = 0;
    acquire(&barrier.order[parity]);
    return true;
  }
  if (++refusals < kPatience) {
    yield();
    return false;
  }
  refusals = 0;
  wait_for(object, barrier, parity);
  return true;
}

void mbarrier_wait(std::uint64_t* object, std::uint32_t parity) {
  const CallSite site(__builtin_return_address(0));
  check_parity(parity);
  Barrier& barrier = use(object);
  wait_for(object, barrier, parity);
}

void fence_mbarrier_init() {
  const CallSite site(__builtin_return_address(0));
  for (auto& [address, barrier] : block_state<Barriers>().at) {
    if (barrier.initialised_by == thread_rank()) barrier.fenced = true;
  }
}

void fence_proxy_async() {
  const CallSite site(__builtin_return_address(0));
  fence_async_proxy();
  fence_mbarrier_init();
}

void deliver_on(std::uint64_t* object, Delivery delivery) {
  Barrier& barrier = use(object);
  if (!barrier.fenced) {
    fault(
        "the copy engine need not see the init of this mbarrier: call fence_mbarrier_init() "
        "after it");
  }
  barrier.deliveries.push_back(std::move(delivery));
  if (random_number() % 8 == 0) barrier.land(barrier.deliveries.size() - 1);
}

}  // namespace backlight::sim
