// The rungs' host functions, and what all of them use. A rung's function checks the shapes it is
// restricted to and launches its kernel; the lists with names and ideas are in rungs.cu.
#pragma once

#include "kernels/cuda/gpu.h"
#include "kernels/lab/ladder.h"
#include "kernels/lab/problem.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {

using kernels::lab::Conv2d;
using kernels::lab::Gemm;
using kernels::lab::Softmax;

void gemm_naive(const Gemm& p);
void gemm_coalesced(const Gemm& p);
void gemm_shared_tiles(const Gemm& p);
void gemm_register_column(const Gemm& p);
void gemm_register_square(const Gemm& p);
void gemm_no_conflicts(const Gemm& p);
void gemm_double_buffer(const Gemm& p);
void gemm_tensor_cores(const Gemm& p);
void gemm_pipeline(const Gemm& p);
void gemm_three_tf32(const Gemm& p);
void gemm_tma_wgmma(const Gemm& p);
void gemm_specialised_warps(const Gemm& p);

void conv2d_direct(const Conv2d& p);
void conv2d_channels_last(const Conv2d& p);
void conv2d_halo_tile(const Conv2d& p);
void conv2d_register_tile(const Conv2d& p);
void conv2d_implicit_gemm(const Conv2d& p);
void conv2d_tensor_cores(const Conv2d& p);
void conv2d_fused(const Conv2d& p);
void conv2d_tma_wgmma(const Conv2d& p);

// y and index from z: the second kernel of the rungs that compute the convolution alone.
void bias_relu_pool(const Conv2d& p);

void softmax_thread_a_row(const Softmax& p);
void softmax_block_a_row(const Softmax& p);
void softmax_warp_a_row(const Softmax& p);
void softmax_online(const Softmax& p);
void softmax_registers(const Softmax& p);

// Four floats that are loaded and stored in one piece, by load_vector and store_vector.
struct alignas(16) Four {
  float at[4];
};

constexpr int div_up(int a, int b) { return (a + b - 1) / b; }

// A launch that works on the whole problem.
template <typename Problem>
Launch described(const char* kernel, dim3 grid, dim3 block, const Problem& p,
                 std::size_t shared_bytes = 0) {
  return {.kernel = kernel,
          .grid = grid,
          .block = block,
          .shared_bytes = shared_bytes,
          .shapes = p.shapes(),
          .flop = p.flop(),
          .bytes = p.bytes()};
}

// Errors: a shape that is not made of whole tiles.
inline void require_tiles(const Gemm& p, int m, int n, int k) {
  require(p.m % m == 0 && p.n % n == 0 && p.k % k == 0,
          "this rung multiplies whole tiles: M, N, K ", "are multiples of ", m, ", ", n, ", ", k,
          ", which ", p.shapes(), " is not");
}
inline void require_tiles(const Conv2d& p, int height, int width, int c, int o) {
  require(p.h % height == 0 && p.w % width == 0 && p.c % c == 0 && p.o % o == 0,
          "this rung computes whole tiles: H, W, C, O are multiples of ", height, ", ", width, ", ",
          c, ", ", o, ", which ", p.shapes(), " is not");
}

inline void require_pixels(const Conv2d& p, int pixels) {
  require(p.pixels() % pixels == 0, "this rung computes ", pixels,
          " pixels at a time, and N H W of ", p.shapes(), " is no multiple of that");
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
