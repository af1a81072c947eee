// Happens-before among the threads of a block: which accesses are ordered by synchronisation.
//
// Every synchronisation takes a number from one rising counter, the clock; an access carries the
// clock of its thread. Thread t knows of an access by thread u at clock c when t has synchronised,
// directly or through others, with a point where u's clock was c or later. Three facts say so, from
// the cheapest to the dearest:
//   - a floor of the block: __syncthreads orders all that any thread did at clocks up to it;
//   - a floor of each warp: a collective of all its lanes does the same within the warp;
//   - a vector clock (Knowledge), for a collective of some lanes and for release and acquire.
// Source: C. Flanagan and S. Freund, "FastTrack: efficient and precise dynamic race detection"
// (PLDI 2009), with the hierarchy of a GPU in place of its epochs.
#pragma once

#include <cstdint>

#include "kernels/sim/limits.h"

namespace backlight::sim {

using Clock = std::uint32_t;

inline constexpr std::uint32_t kMostWarps = kMostThreads / 32;
// The copy engine counts as one more warp, with a lane for each object it signals.
inline constexpr std::uint32_t kCopyEngine = kMostThreads;

// The latest clock known of each thread of a block, a row of 32 for each warp; rows of warps of
// which nothing is known take no time. A barrier of the block makes all of it worthless, which is
// noticed when it is next used.
class Knowledge {
 public:
  bool covers(std::uint32_t thread, Clock clock) const {
    const std::uint32_t row = thread / 32;
    return (known_ >> row & 1) && rows_[row][thread % 32] >= clock;
  }
  void learn(const Knowledge& other);
  void learn(std::uint32_t thread, Clock clock);
  void forget() { known_ = 0; }
  bool is_empty() const { return known_ == 0; }

 private:
  // The row, set to zeros if nothing was known of its warp.
  Clock* row(std::uint32_t row);

  std::uint64_t known_ = 0;  // a bit for each row
  Clock since_ = 0;          // the block's floor when the first row was learned
  Clock rows_[kMostWarps + 1][32];
};

// One access to a word of memory, as the shadow of that word remembers it.
struct Access {
  Clock clock = 0;           // 0: none
  std::int32_t site = 0;     // program counter, see site_of()
  std::uint16_t thread = 0;  // rank in its block; kCopyEngine and above for the copy engine
  std::uint8_t bytes = 0;    // which of the word's four bytes, a bit each
  bool atomic = false;
};

struct Thread;
struct Warp;

// Whether what `access`, of the running block, did is known to thread t, given that its clock is
// above the block's floor.
bool is_known(const Thread& t, const Access& access);

// A collective of these lanes of a warp, and a barrier of all threads of the block, which returns
// the clock that they then have.
void join_lanes(Warp& warp, std::uint32_t mask);
Clock join_block();
// Like release(object), for the copy engine, of what it did up to `clock`.
void publish(const void* object, std::uint32_t thread, Clock clock);

}  // namespace backlight::sim
