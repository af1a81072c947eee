// Copies and reads that go on by themselves, from their issue to the wait that covers them.
#include <algorithm>
#include <utility>
#include <vector>

#include "kernels/sim/access.h"
#include "kernels/sim/report.h"

namespace backlight::sim {

std::size_t async_reads = 0;

namespace {

struct Transfer {
  TransferId id;
  std::uintptr_t address;
  std::size_t bytes;
  const char* what;
  bool is_write;
  std::uint32_t thread;
  const void* site;

  bool overlaps(std::uintptr_t other, std::size_t size) const {
    return other < address + bytes && address < other + size;
  }
  std::string describe() const {
    return str(what, " (", describe_thread(thread), " at ", describe_site(site), ")");
  }
};

std::vector<Transfer> in_flight;
TransferId last_id = 0;

// The lane of the copy engine that signals an object. Objects may share one, which can only hide
// a missing wait.
std::uint32_t engine_lane(const void* object) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(object) / 8 % kWarpSize);
}

TransferId begin(std::uintptr_t address, std::size_t bytes, const char* what, bool is_write,
                 const void* site) {
  in_flight.push_back({++last_id, address, bytes, what, is_write, running->rank, site});
  return last_id;
}

Transfer take(TransferId id, bool is_write) {
  const auto found = std::find_if(in_flight.begin(), in_flight.end(), [&](const Transfer& t) {
    return t.id == id && t.is_write == is_write;
  });
  require(found != in_flight.end(), "transfer ", id, " is not in flight");
  const Transfer transfer = *found;
  in_flight.erase(found);
  return transfer;
}

Space& space_of(std::uintptr_t address) {
  return shared_space.holds(address) ? shared_space : global_space;
}

}  // namespace

TransferId begin_transfer(void* to, std::size_t bytes, const char* what) {
  const auto address = reinterpret_cast<std::uintptr_t>(to);
  const Inside here(__builtin_return_address(0));
  require(is_shared(to) || is_global(to), what,
          " copies to memory that is neither shared nor "
          "global");
  check_access<AccessKind::write>(address, bytes, 1, here.site());
  Space& space = space_of(address);
  open_unwritten(space, address - space.base, bytes);
  set_state(space, address - space.base, bytes, ByteState::closed);
  return begin(address, bytes, what, true, here.site());
}

void end_transfer(TransferId id, const void* object) {
  const Inside here(__builtin_return_address(0));
  const Transfer transfer = take(id, true);
  Space& space = space_of(transfer.address);
  set_state(space, transfer.address - space.base, transfer.bytes, ByteState::written);
  std::uint32_t writer = running->rank;
  Clock clock = running->clock;
  if (object) {
    writer = kCopyEngine + engine_lane(object);
    clock = ++machine.clock;
    publish(object, writer, clock);
  }
  record_copy(transfer.address, transfer.bytes, writer, clock, transfer.site);
}

TransferId begin_async_read(const void* from, std::size_t bytes, const char* what) {
  const auto address = reinterpret_cast<std::uintptr_t>(from);
  const Inside here(__builtin_return_address(0));
  check_access<AccessKind::read>(address, bytes, 1, here.site());
  ++async_reads;
  return begin(address, bytes, what, false, here.site());
}

void end_async_read(TransferId id) {
  const Inside here(__builtin_return_address(0));
  take(id, false);
  --async_reads;
}

std::string transfer_over(std::uintptr_t address, std::size_t size) {
  for (const Transfer& t : in_flight)
    if (t.is_write && t.overlaps(address, size)) return t.describe();
  return "";
}

void check_async_reads(std::uintptr_t address, std::size_t size, const void* site) {
  for (const Transfer& t : in_flight)
    if (!t.is_write && t.overlaps(address, size))
      fault_at(site, str("used before its wait: a write of ", size, " bytes that ", t.describe(),
                         " still reads"));
}

void end_transfers_of_block() {
  const std::vector<Transfer> left = std::exchange(in_flight, {});
  async_reads = 0;
  if (machine.fault.empty() && !left.empty())
    end_launch_with(
        compose(str("a block has ended before the wait for ", left.front().describe()), {}));
}

}  // namespace backlight::sim
