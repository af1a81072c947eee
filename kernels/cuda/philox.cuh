// The random numbers of tensor/random.h inside kernels: the same bits for the same (seed, stream,
// index).
#pragma once

#include "kernels/cuda/gpu.h"

namespace backlight::kernels::BACKLIGHT_GPU {

// Philox4x32-10; see tensor/random.h.
struct DevicePhilox {
  std::uint64_t seed, stream;

  // 128 random bits: those of the elements 4 index to 4 index + 3.
  __device__ __forceinline__ uint4 bits(std::uint64_t index) const {
    uint4 c =
        make_uint4(static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                   static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32));
    std::uint32_t key0 = static_cast<std::uint32_t>(seed);
    std::uint32_t key1 = static_cast<std::uint32_t>(seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; ++round) {
      c = make_uint4(__umulhi(0xCD9E8D57u, c.z) ^ c.y ^ key0, 0xCD9E8D57u * c.z,
                     __umulhi(0xD2511F53u, c.x) ^ c.w ^ key1, 0xD2511F53u * c.x);
      key0 += 0x9E3779B9u;
      key1 += 0xBB67AE85u;
    }
    return c;
  }
};

// Uniform in [0, 1), from 24 bits.
__device__ __forceinline__ float uniform_of(std::uint32_t bits) {
  return static_cast<float>(bits >> 8) * 0x1p-24f;
}

// Four standard normal numbers by Box and Muller: radius cos and radius sin of one pair of
// uniforms, then of another. Within rounding of Philox::normal.
__device__ __forceinline__ float4 normals_of(uint4 bits) {
  const auto radius = [](std::uint32_t b) {
    return sqrtf(-2 * logf(static_cast<float>((b >> 8) + 1) * 0x1p-24f));  // of (0, 1]
  };
  const float first = radius(bits.x), second = radius(bits.z);
  float sine0, cosine0, sine1, cosine1;
  sincospif(2 * uniform_of(bits.y), &sine0, &cosine0);
  sincospif(2 * uniform_of(bits.w), &sine1, &cosine1);
  return make_float4(first * cosine0, first * sine0, second * cosine1, second * sine1);
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
