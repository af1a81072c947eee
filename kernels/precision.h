// How exactly the GPUs' matrix products and convolutions compute. Activations, weights and sums are
// float32 at all times; this is about the factors of each product.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace backlight::kernels {

//   fp32  each factor as the sum of two TF32 numbers, three products: as exact as float32
//   tf32  factors rounded to 10 bits of mantissa
//   bf16  factors rounded to 7 bits
enum class Precision : std::uint8_t { fp32, tf32, bf16 };

// The precision of the GPUs' kernels from now on; fp32 at first. The processor's is always fp32.
void set_precision(Precision precision);
Precision precision();

// "fp32", "tf32", "bf16", in the order of the enum.
const std::vector<std::string>& precision_names();

}  // namespace backlight::kernels
