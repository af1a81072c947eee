// Which stores to shared memory the async proxy sees: those that their thread has fenced since.
#include <array>

#include "kernels/sim/engine.h"
#include "kernels/sim/races.h"
#include "kernels/sim/report.h"

namespace backlight::sim {
namespace {

// The clock up to which each thread of the block has fenced its stores.
struct Fences {
  std::array<Clock, kMostThreads> clocks{};
};

}  // namespace

void fence_async_proxy() {
  const CallSite site(__builtin_return_address(0));
  block_state<Fences>().clocks[running->rank] = running->clock;
  running->clock = ++machine.clock;  // what the thread stores from here on is not fenced
}

void check_async_visible(const void* from, std::size_t bytes, const char* what) {
  const CallSite site(__builtin_return_address(0));
  const std::size_t offset = shared_offset(from);
  const Fences& fences = block_state<Fences>();
  for_words(offset, bytes, [&](std::size_t word, std::uint8_t mask) {
    for (const Access* write : {&shared_words[word].write, &shared_words[word].other_write}) {
      if (write->clock <= machine.block_start || !(write->bytes & mask)) continue;
      if (write->thread >= kCopyEngine || write->clock <= fences.clocks[write->thread]) continue;
      fault_at(
          running->call_site,
          str(what,
              " goes through the async proxy, which need not see what was stored in this shared "
              "memory: the thread that stores calls fence_proxy_async() after it"),
          {str("the store: by ", describe_thread(write->thread), " at ",
               describe_site(restore(write->site))),
           str("memory: ", describe_shared(word * 4))});
    }
  });
}

}  // namespace backlight::sim
