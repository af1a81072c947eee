// Copies between float32 and bfloat16 on the GPU, for libraries that want bfloat16 in memory.
#pragma once

#include <cstdint>

namespace backlight::kernels::vendor {

// to[i] = from[i] rounded to nearest for i < count, 0 for count <= i < padded.
void narrow_to_bf16(const float* from, std::int64_t count, void* to, std::int64_t padded);

// to[i] = from[i] for i < count.
void widen_from_bf16(const void* from, std::int64_t count, float* to);

}  // namespace backlight::kernels::vendor
