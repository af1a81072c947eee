// What the simulator counts in a launch: instructions by kind, bytes, coalescing, bank conflicts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace backlight::sim {

// Kinds of instructions. One is counted each time a warp issues it.
enum class Instruction : std::uint8_t {
  global_load,
  global_store,
  global_atomic,
  shared_load,
  shared_store,
  shared_atomic,
  shuffle,
  vote,
  block_barrier,
  warp_barrier,
  matrix_load,   // ldmatrix
  matrix_store,  // stmatrix
  mma_tf32,
  mma_bf16,
  wgmma_tf32,
  wgmma_bf16,
  cp_async,
  tma_load,
  tma_store,
  mbarrier,
};
inline constexpr std::size_t kInstructions = static_cast<std::size_t>(Instruction::mbarrier) + 1;

// "global load", "mma tf32", ...
inline const char* name_of(Instruction kind) {
  static constexpr const char* kNames[kInstructions] = {
      "global load",   "global store", "global atomic", "shared load",   "shared store",
      "shared atomic", "shuffle",      "vote",          "block barrier", "warp barrier",
      "matrix load",   "matrix store", "mma tf32",      "mma bf16",      "wgmma tf32",
      "wgmma bf16",    "cp.async",     "tma load",      "tma store",     "mbarrier"};
  return kNames[static_cast<std::size_t>(kind)];
}

// What one kind of instruction did.
struct Traffic {
  std::uint64_t requests = 0;  // warp instructions
  std::uint64_t bytes = 0;     // that the lanes asked for
  // Global memory: 32-byte sectors touched, and as few as the same bytes could have touched.
  std::uint64_t sectors = 0;
  std::uint64_t ideal_sectors = 0;
  // Shared memory: passes over the 32 banks, and as few as these widths allow. What is above is
  // bank conflicts.
  std::uint64_t wavefronts = 0;
  std::uint64_t ideal_wavefronts = 0;

  Traffic& operator+=(const Traffic& other) {
    requests += other.requests;
    bytes += other.bytes;
    sectors += other.sectors;
    ideal_sectors += other.ideal_sectors;
    wavefronts += other.wavefronts;
    ideal_wavefronts += other.ideal_wavefronts;
    return *this;
  }
};

// One request of a warp to shared memory: where each lane's bytes begin.
struct SharedRequest {
  std::uint32_t lanes = 0;  // a bit for each that takes part
  std::uint32_t size = 0;   // bytes a lane
  std::array<std::uint32_t, 32> offsets{};
  std::uint64_t wavefronts = 0, ideal_wavefronts = 0;

  std::uint64_t conflicts() const { return wavefronts - ideal_wavefronts; }
};

// One kind of instruction on one source line.
struct LineStatistics {
  std::string file;
  int line = 0;
  Instruction kind = Instruction::global_load;
  Traffic traffic;
  SharedRequest
      worst;  // of the shared requests, the one with the most conflicts; the first of such
};

struct LaunchStatistics {
  std::string kernel;
  std::string shapes;
  std::array<std::uint32_t, 3> grid{}, block{};
  std::size_t static_shared_bytes = 0, dynamic_shared_bytes = 0;
  double flop = 0, bytes = 0;  // the work that the launch declared
  std::array<Traffic, kInstructions> totals{};
  // Of the loads, stores and atomics, those whose lanes access 1, 2, 4, 8 and 16 bytes.
  std::array<std::array<std::uint64_t, 5>, kInstructions> requests_by_width{};
  std::vector<LineStatistics> lines;  // ordered by file, line and kind

  const Traffic& total(Instruction kind) const { return totals[static_cast<std::size_t>(kind)]; }
};

// Whether launches are counted (off at first; it makes them slower), and what was counted since the
// last clear, in the order of the launches.
void set_counting(bool on);
bool counting();
const std::vector<LaunchStatistics>& launch_statistics();
void clear_launch_statistics();

}  // namespace backlight::sim
