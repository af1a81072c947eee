// The twin of wgmma: products that a warpgroup starts and later waits for.
#pragma once

#include <cstdint>

namespace backlight::sim {

struct WgmmaShape {
  int n;            // columns of the product
  bool tf32;        // m64nNk8 of TF32 values, else m64nNk16 of bf16 values
  bool a_mn, b_mn;  // operands that are MN-major in shared memory
  bool accumulate;  // D = A B + D, else D = A B
};

// The running thread's share of D (n / 2 values), and of A if that is in registers (4; else null
// and a descriptor). All lanes of the warp take part and say the same; the four warps of the
// warpgroup issue the same products in the same order. The product is computed at once, reading
// operands as the hardware may from now on; D is NaN until the wait.
// Faults: descriptors wgmma cannot take; operands in flight, unwritten, or stored to without a
// fence_proxy_async; accumulators used without a wgmma_fence or touched while wgmma owns them.
void wgmma(const WgmmaShape& shape, float* d, const std::uint32_t* a, std::uint64_t a_descriptor,
           std::uint64_t b_descriptor);
void wgmma_fence();
void wgmma_commit();
void wgmma_wait(int newest);
// Fault: wgmma still owns these accumulators of the running thread.
void check_given_back(const float* d);

}  // namespace backlight::sim
