// Bias, ReLU and 2x2 max pooling of one window in registers.
#pragma once

#include "kernels/lab/rungs.h"
#include "kernels/pooling.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {

struct Pooled {
  float value;
  std::uint8_t index;  // 2 row + column of the maximum; kNowhere where the ReLU is closed
};

// The same bias is added to all four, and ReLU keeps their order: both may come after the maximum.
// The first maximum in row-major order wins a tie.
__device__ __forceinline__ Pooled pool(float v0, float v1, float v2, float v3, float bias) {
  float most = v0;
  int index = 0;
  if (v1 > most) most = v1, index = 1;
  if (v2 > most) most = v2, index = 2;
  if (v3 > most) most = v3, index = 3;
  const float y = most + bias;
  return y > 0 ? Pooled{y, static_cast<std::uint8_t>(index)} : Pooled{0, kNowhere};
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
