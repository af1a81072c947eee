#include "kernels/sim/shared_memory.h"

#include <algorithm>
#include <vector>

#include "kernels/sim/memory.h"
#include "kernels/sim/report.h"

namespace backlight::sim {
namespace {

constexpr std::size_t kRedZone = 64;
// Dynamic memory begins here, so that the bytes beneath it are a red zone too.
constexpr std::size_t kDynamicOffset = 1024;

struct Placed {
  const SharedVariable* variable;
  std::size_t offset, end;
  bool in_this_block;
};

// The layout. A launch's blocks share it: a variable stays where the first block has put it.
std::vector<Placed> placed;
std::size_t dynamic_bytes = 0, static_bytes = 0, used_end = 0;

Placed& place(const SharedVariable& variable) {
  for (Placed& p : placed)
    if (p.variable == &variable) return p;
  const std::size_t alignment = std::max<std::size_t>(variable.alignment, 16);
  const std::size_t offset = (used_end + kRedZone + alignment - 1) / alignment * alignment;
  static_bytes += variable.bytes;
  if (static_bytes + dynamic_bytes > kMostSharedBytes ||
      offset + variable.bytes + kRedZone > kSharedSpace)
    fault(str("shared memory is full: ", variable.name, " brings the block to ",
              static_bytes + dynamic_bytes, " bytes of ", kMostSharedBytes));
  used_end = offset + variable.bytes;
  return placed.emplace_back(Placed{&variable, offset, used_end, false});
}

void map_shared_space() {
  if (shared_space.base) return;
  shared_space.bytes = kSharedSpace;
  shared_space.base = reinterpret_cast<std::uintptr_t>(reserve_memory(kSharedSpace, kSharedSpace));
  shared_space.state = reinterpret_cast<std::uint8_t*>(reserve_memory(kSharedSpace / 4));
}

}  // namespace

void begin_shared_launch(std::size_t bytes) {
  map_shared_space();
  set_state(shared_space, 0, kSharedSpace, ByteState::closed);
  placed.clear();
  static_bytes = 0;
  dynamic_bytes = bytes;
  used_end = kDynamicOffset + bytes;
}

void begin_shared_block() {
  open_unwritten(shared_space, kDynamicOffset, dynamic_bytes);
  for (Placed& p : placed) p.in_this_block = false;
}

std::size_t static_shared_bytes() { return static_bytes; }

void* shared_variable(const SharedVariable& variable) {
  const Inside here(__builtin_return_address(0));
  Placed& p = place(variable);
  if (!p.in_this_block) open_unwritten(shared_space, p.offset, variable.bytes);
  p.in_this_block = true;
  return shared_space.at(p.offset);
}

unsigned char* dynamic_shared() {
  return reinterpret_cast<unsigned char*>(shared_space.at(kDynamicOffset));
}

std::string describe_shared(std::size_t offset) {
  std::string best = "no shared variable is near";
  std::size_t best_distance = kSharedSpace;
  const auto consider = [&](const std::string& name, std::size_t low, std::size_t high) {
    const std::size_t distance = offset < low    ? low - offset
                                 : offset < high ? 0
                                                 : offset - high + 1;
    if (distance >= best_distance) return;
    best_distance = distance;
    best = str(name, " (", high - low, " bytes), ");
    best += offset < low    ? str(low - offset, " bytes before its start")
            : offset < high ? str("byte ", offset - low)
                            : str(offset - high, " bytes past its end");
  };
  if (dynamic_bytes)
    consider("dynamic shared memory", kDynamicOffset, kDynamicOffset + dynamic_bytes);
  for (const Placed& p : placed)
    consider(str("shared variable ", p.variable->name), p.offset, p.end);
  return best;
}

}  // namespace backlight::sim
