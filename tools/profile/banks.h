// Where a warp's request to shared memory goes: which lanes meet in which of the 32 banks, and
// where they would go if the data were laid out another way.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/sim/statistics.h"

namespace backlight::tools {

using backlight::sim::SharedRequest;

inline constexpr std::uint32_t kBanks = 32, kWordBytes = 4, kRowBytes = kBanks * kWordBytes;

// A word of shared memory that lanes ask for. Its bank is its number modulo 32.
struct BankWord {
  std::uint32_t word = 0;
  std::vector<int> lanes;

  std::uint32_t bank() const { return word % kBanks; }
  std::uint32_t row() const { return word / kBanks; }
};

// The lanes that are served together: all 32 where each asks for up to 4 bytes, 16 of them for 8
// bytes, 8 for 16. Every bank gives one word a pass, so the fullest bank tells the passes.
struct BankPicture {
  int first_lane = 0, last_lane = 0;
  std::vector<BankWord> words;  // in their order
  std::array<int, kBanks> in_bank{};

  int passes() const;
};

// The group of lanes of a request that takes the most passes.
BankPicture busiest_group(const SharedRequest& request);

// Fills in the passes of a request from its lanes and offsets, and as few as its words allow.
void count_passes(SharedRequest& request);

// The request if 16-byte pieces of each row of 128 bytes were swapped about: piece p of row r lies
// at p xor (r mod 8), the pattern of TMA's 128-byte swizzle. Doing it twice undoes it.
SharedRequest swizzled(const SharedRequest& request);

// The request if each row of a tile were followed by one more element. The pitch of the rows is
// taken to be the distance that the lanes' offsets have in common; none where that is no more than
// an access.
std::optional<SharedRequest> padded(const SharedRequest& request);

// What to show beside a request: the same lanes under another layout.
struct OtherLayout {
  std::string name;  // "with a swizzle", ...
  SharedRequest request;
};
// For a request with conflicts the layout that needs the fewest passes, if it is better. For one
// without, what it would cost without its swizzle, if that costs anything.
std::optional<OtherLayout> other_layout(const SharedRequest& request);

}  // namespace backlight::tools
