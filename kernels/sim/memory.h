// Shared and global memory of the simulated machine, with what is known of every byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/sim/machine.h"

namespace backlight::sim {

// A space of addresses. For each word of four bytes it has a state: a bit for each byte that may be
// touched (low half) and for each that has been written (high half).
struct Space {
  const char* name = "";
  std::uintptr_t base = 0;
  std::size_t bytes = 0;
  std::uint8_t* state = nullptr;

  bool holds(std::uintptr_t address) const { return address - base < bytes; }
  std::byte* at(std::size_t offset) const { return reinterpret_cast<std::byte*>(base + offset); }
};
extern Space shared_space, global_space;

// The state of the bytes [offset, offset + bytes).
enum class ByteState : std::uint8_t { closed = 0, unwritten = 1, written = 2 };
void set_state(Space& space, std::size_t offset, std::size_t bytes, ByteState state);

// Fresh memory: bytes that may be touched but hold nothing yet, NaN in every floating-point type.
void open_unwritten(Space& space, std::size_t offset, std::size_t bytes);

// The bytes of a word that an access touches, and a walk over the words of a longer one.
template <typename F>
inline void for_words(std::size_t offset, std::size_t size, F&& f) {
  const std::size_t end = offset + size;
  while (offset < end) {
    const std::size_t word = offset / 4, stop = word * 4 + 4 < end ? word * 4 + 4 : end;
    const auto bytes =
        static_cast<std::uint8_t>((1u << (stop - word * 4)) - (1u << (offset - word * 4)));
    f(word, bytes);
    offset = stop;
  }
}

enum class AccessKind : std::uint8_t { read, write, atomic };
const char* name_of(AccessKind kind);

// --- shared_memory.cpp ---

// A launch begins: no variable has its place yet. A block begins: dynamic memory is there and holds
// nothing; variables follow as threads reach their declarations.
void begin_shared_launch(std::size_t dynamic_bytes);
void begin_shared_block();
std::size_t static_shared_bytes();
// "shared variable tile (4224 bytes), byte 132", or what lies near an address outside.
std::string describe_shared(std::size_t offset);

// --- global_memory.cpp ---

std::string describe_global(std::size_t offset);

// --- transfers.cpp ---

// The transfer in flight over any of these bytes: "used before its wait: ..."; empty if none is.
std::string transfer_over(std::uintptr_t address, std::size_t size);
// How many instructions still read memory; faults if one reads any of these bytes.
extern std::size_t async_reads;
void check_async_reads(std::uintptr_t address, std::size_t size, const void* site);
// The block has ended, or was abandoned. Faults if in the former case a transfer is in flight.
void end_transfers_of_block();

}  // namespace backlight::sim
