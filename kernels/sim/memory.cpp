#include "kernels/sim/memory.h"

#include <cstring>

namespace backlight::sim {

Space shared_space{.name = "shared memory"};
Space global_space{.name = "global memory"};

void set_state(Space& space, std::size_t offset, std::size_t bytes, ByteState state) {
  static constexpr std::uint8_t kNibbles[] = {0x00, 0x01, 0x11};
  const std::uint8_t one_byte = kNibbles[static_cast<int>(state)];
  const auto set = [&](std::size_t word, std::uint8_t mask) {
    std::uint8_t& s = space.state[word];
    s = static_cast<std::uint8_t>((s & ~(mask * 0x11)) | mask * one_byte);
  };
  // Whole words in the middle, and the bytes of the two words at the ends.
  const std::size_t end = offset + bytes, first = (offset + 3) / 4, last = end / 4;
  if (first >= last) return for_words(offset, bytes, set);
  for_words(offset, first * 4 - offset, set);
  std::memset(space.state + first, 0xf * one_byte, last - first);
  for_words(last * 4, end - last * 4, set);
}

void open_unwritten(Space& space, std::size_t offset, std::size_t bytes) {
  std::memset(space.at(offset), 0xff, bytes);
  set_state(space, offset, bytes, ByteState::unwritten);
}

const char* name_of(AccessKind kind) {
  static constexpr const char* kNames[] = {"read", "write", "atomic operation"};
  return kNames[static_cast<int>(kind)];
}

}  // namespace backlight::sim
