// The twins of mma.sync and of the conversions to TF32 and bf16.
#pragma once

#include <cstdint>

namespace backlight::sim {

// The running lane's share of D += A B, m16n8k8 of TF32 values or m16n8k16 of bf16 values; all 32
// lanes of the warp take part. TF32 values are floats whose low 13 bits are not looked at. The sum
// of one element starts from D and adds the exact products in the order of k, each step rounded to
// float.
void mma(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2], bool tf32);

// d[row][n] += sum over k of a[row][k] b[k][n] for 16 rows, in the order of k.
void multiply_16_rows(float* d, const float* a, const float* b, int n, int k);

// The float that a tensor core sees in a register: the TF32 part of a float, or one of the two bf16
// values (0 is the low half).
float tf32_operand(std::uint32_t bits);
float bf16_operand(std::uint32_t bits, int half);

// cvt.rna.tf32.f32, and the same to nearest even, as TMA rounds.
float round_to_tf32(float x);
float round_to_tf32_even(float x);

// cvt.rn.bf16x2.f32.
std::uint32_t pack_bf16(float low, float high);

}  // namespace backlight::sim
