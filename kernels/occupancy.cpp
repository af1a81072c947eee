#include "kernels/occupancy.h"

#include <limits>

#include "tensor/error.h"

namespace backlight::kernels {
namespace {

constexpr int kWarp = 32, kRegisterUnit = 256;
constexpr std::size_t kSharedUnit = 128;

template <typename Number>
Number round_up(Number value, Number unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

Occupancy occupancy_of(int threads, int registers, std::size_t shared_bytes,
                       const MultiprocessorLimits& limits) {
  require(threads >= 1 && threads <= 1024, "a block of ", threads,
          " threads fits no GPU: 1 to 1024 do");
  const int warps = (threads + kWarp - 1) / kWarp;
  Occupancy result{std::numeric_limits<int>::max(), 0, limits.warps, "", registers > 0};
  const auto allow = [&](int blocks, const char* what) {
    if (blocks >= result.blocks) return;
    result.blocks = blocks;
    result.limit = what;
  };
  allow(limits.warps / warps, "warps");
  allow(limits.blocks, "blocks");
  if (registers > 0)
    allow(limits.registers / round_up(registers * kWarp, kRegisterUnit) / warps, "registers");
  const std::size_t shared = round_up(shared_bytes + limits.reserved_shared_bytes, kSharedUnit);
  allow(static_cast<int>(limits.shared_bytes / shared), "shared memory");
  result.warps = result.blocks * warps;
  return result;
}

}  // namespace backlight::kernels
