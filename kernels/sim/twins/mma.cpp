#include "kernels/sim/twins/mma.h"

#include <cstring>

#include "kernels/sim/twins/whole_warp.h"

namespace backlight::sim {
namespace {

struct Arguments {
  float* d;
  const std::uint32_t* a;
  const std::uint32_t* b;
};

std::uint32_t bits_of(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

float float_of(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

bool is_finite(std::uint32_t bits) { return (bits & 0x7f800000u) != 0x7f800000u; }

std::uint32_t round_to_bf16(float x) {
  const std::uint32_t bits = bits_of(x);
  if (x != x) return 0x7fff;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

// Collects the registers of all lanes into matrices, multiplies, and gives D back.
template <bool kTf32>
void execute(void* const (&lanes)[kWarpSize]) {
  constexpr int kK = kTf32 ? 8 : 16, kHalf = kK / 2;
  float a[16][kK], b[kK][8], d[16][8];
  for (int l = 0; l < 32; ++l) {
    const auto& lane = *static_cast<const Arguments*>(lanes[l]);
    const int g = l / 4, t = l % 4;
    for (int i = 0; i < 4; ++i) {
      const int row = g + i % 2 * 8;
      if constexpr (kTf32) {
        a[row][t + i / 2 * kHalf] = tf32_operand(lane.a[i]);
      } else {
        a[row][2 * t + i / 2 * kHalf] = bf16_operand(lane.a[i], 0);
        a[row][2 * t + i / 2 * kHalf + 1] = bf16_operand(lane.a[i], 1);
      }
    }
    for (int i = 0; i < 2; ++i) {
      if constexpr (kTf32) {
        b[t + i * kHalf][g] = tf32_operand(lane.b[i]);
      } else {
        b[2 * t + i * kHalf][g] = bf16_operand(lane.b[i], 0);
        b[2 * t + i * kHalf + 1][g] = bf16_operand(lane.b[i], 1);
      }
    }
    for (int i = 0; i < 4; ++i) d[g + i / 2 * 8][2 * t + i % 2] = lane.d[i];
  }
  multiply_16_rows(&d[0][0], &a[0][0], &b[0][0], 8, kK);
  for (int l = 0; l < 32; ++l) {
    const auto& lane = *static_cast<const Arguments*>(lanes[l]);
    for (int i = 0; i < 4; ++i) lane.d[i] = d[l / 4 + i / 2 * 8][l % 4 * 2 + i % 2];
  }
  count(kTf32 ? Instruction::mma_tf32 : Instruction::mma_bf16);
}

}  // namespace

void multiply_16_rows(float* d, const float* a, const float* b, int n, int k) {
  for (int row = 0; row < 16; ++row) {
    for (int j = 0; j < k; ++j) {
      const float factor = a[row * k + j];
      const float* __restrict__ from = b + j * n;
      float* __restrict__ to = d + row * n;
      for (int i = 0; i < n; ++i) to[i] += factor * from[i];
    }
  }
}

float tf32_operand(std::uint32_t bits) {
  // A NaN whose only set bits are cut off would become an infinity.
  if (!is_finite(bits) && (bits & 0x7fffff) != 0) return float_of(0x7fffffff);
  return float_of(bits & 0xffffe000u);
}

float bf16_operand(std::uint32_t bits, int half) {
  return float_of(half == 0 ? bits << 16 : bits & 0xffff0000u);
}

float round_to_tf32(float x) {
  const std::uint32_t bits = bits_of(x);
  return is_finite(bits) ? float_of((bits + 0x1000) & 0xffffe000u) : x;
}

float round_to_tf32_even(float x) {
  const std::uint32_t bits = bits_of(x);
  return is_finite(bits) ? float_of((bits + 0xfff + (bits >> 13 & 1)) & 0xffffe000u) : x;
}

std::uint32_t pack_bf16(float low, float high) {
  return round_to_bf16(low) | round_to_bf16(high) << 16;
}

void mma(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2], bool tf32) {
  const CallSite site(__builtin_return_address(0));
  Arguments arguments{d, a, b};
  if (tf32) {
    whole_warp<execute<true>>("mma.m16n8k8.tf32", &arguments);
  } else {
    whole_warp<execute<false>>("mma.m16n8k16.bf16", &arguments);
  }
}

}  // namespace backlight::sim
