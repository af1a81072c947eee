// Division by a number that the host knows before the launch, as a multiplication.
#pragma once

#include "kernels/cuda/gpu.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// n / d = (n + floor(n m / 2^32)) >> s with s = ceil(log2 d), m = floor(2^32 (2^s - d) / d) + 1,
// for 0 <= n < 2^31. Source: Granlund and Montgomery, "Division by invariant integers using
// multiplication", PLDI 1994, figure 4.1.
class Divisor {
 public:
  Divisor() = default;
  explicit Divisor(int divisor) : divisor_(divisor) {
    require(divisor > 0, "a division by ", divisor);
    while ((std::uint64_t{1} << shift_) < static_cast<std::uint64_t>(divisor)) ++shift_;
    const auto d = static_cast<std::uint64_t>(divisor);
    multiplier_ = static_cast<std::uint32_t>((((std::uint64_t{1} << shift_) - d) << 32) / d + 1);
  }

  __device__ int quotient(int n) const {
    const auto numerator = static_cast<unsigned>(n);
    return static_cast<int>((__umulhi(numerator, multiplier_) + numerator) >> shift_);
  }
  __device__ int value() const { return divisor_; }

 private:
  int divisor_ = 1;
  std::uint32_t multiplier_ = 1;
  int shift_ = 0;
};

}  // namespace backlight::kernels::BACKLIGHT_GPU
