// Barriers and the warp intrinsics.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/sim/barriers.h"

namespace backlight::kernels::sim {

#define BACKLIGHT_TWIN [[gnu::always_inline]] inline

BACKLIGHT_TWIN void __syncthreads() { backlight::sim::block_barrier("__syncthreads"); }
BACKLIGHT_TWIN int __syncthreads_count(int predicate) {
  return backlight::sim::block_barrier("__syncthreads_count", predicate != 0);
}
BACKLIGHT_TWIN int __syncthreads_or(int predicate) {
  return backlight::sim::block_barrier("__syncthreads_or", predicate != 0) != 0;
}
BACKLIGHT_TWIN int __syncthreads_and(int predicate) {
  return backlight::sim::block_barrier("__syncthreads_and", predicate == 0) == 0;
}

BACKLIGHT_TWIN void __syncwarp(unsigned mask = 0xffffffff) { backlight::sim::warp_barrier(mask); }

// Memory order is what the simulator does not see: its threads have one memory.
BACKLIGHT_TWIN void __threadfence() {}
BACKLIGHT_TWIN void __threadfence_block() {}

BACKLIGHT_TWIN unsigned __activemask() { return backlight::sim::active_mask(); }
BACKLIGHT_TWIN unsigned __ballot_sync(unsigned mask, int predicate) {
  return backlight::sim::ballot(mask, predicate != 0);
}
BACKLIGHT_TWIN int __any_sync(unsigned mask, int predicate) {
  return backlight::sim::ballot(mask, predicate != 0) != 0;
}
BACKLIGHT_TWIN int __all_sync(unsigned mask, int predicate) {
  return backlight::sim::ballot(mask, predicate == 0) == 0;
}

// Values of 8 bytes travel as two of 4, as on the GPU.
template <typename T>
BACKLIGHT_TWIN T shuffle_value(backlight::sim::Shuffle kind, unsigned mask, T value,
                               unsigned operand, int width) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles move 4 or 8 bytes");
  const auto one = [&](std::uint32_t bits) {
    return backlight::sim::shuffle(kind, mask, bits, operand, static_cast<unsigned>(width));
  };
  if constexpr (sizeof(T) == 4) {
    return std::bit_cast<T>(one(std::bit_cast<std::uint32_t>(value)));
  } else {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const std::uint64_t low = one(static_cast<std::uint32_t>(bits));
    return std::bit_cast<T>(low | std::uint64_t{one(static_cast<std::uint32_t>(bits >> 32))} << 32);
  }
}

template <typename T>
BACKLIGHT_TWIN T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  return shuffle_value(backlight::sim::Shuffle::index, mask, value, static_cast<unsigned>(source),
                       width);
}
template <typename T>
BACKLIGHT_TWIN T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  return shuffle_value(backlight::sim::Shuffle::up, mask, value, delta, width);
}
template <typename T>
BACKLIGHT_TWIN T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  return shuffle_value(backlight::sim::Shuffle::down, mask, value, delta, width);
}
template <typename T>
BACKLIGHT_TWIN T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32) {
  return shuffle_value(backlight::sim::Shuffle::exclusive_or, mask, value,
                       static_cast<unsigned>(lane_mask), width);
}

template <typename T>
BACKLIGHT_TWIN unsigned __match_any_sync(unsigned mask, T value) {
  if constexpr (sizeof(T) == 4)
    return backlight::sim::match_any(mask, std::bit_cast<std::uint32_t>(value));
  else
    return backlight::sim::match_any(mask, std::bit_cast<std::uint64_t>(value));
}

#undef BACKLIGHT_TWIN

}  // namespace backlight::kernels::sim
