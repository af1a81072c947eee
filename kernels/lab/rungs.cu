// The ladder's table of contents.
#include "kernels/lab/rungs.h"

namespace backlight::kernels::BACKLIGHT_GPU::lab {

const kernels::lab::Rungs& rungs() {
  using kernels::lab::Factors, kernels::lab::Needs;
  static const kernels::lab::Rungs all{
      .gemm = {{"1 naive", "a thread for each element of C", gemm_naive},
               {"2 coalesced", "neighbouring threads, neighbouring columns", gemm_coalesced},
               {"3 shared tiles", "a float is fetched once for a tile of 32", gemm_shared_tiles},
               {"4 register column", "eight results a thread", gemm_register_column},
               {"5 register square", "8x8 results a thread, 16-byte loads", gemm_register_square},
               {"6 no conflicts", "columns that suit the banks", gemm_no_conflicts},
               {"7 double buffer", "cp.async copies one step ahead", gemm_double_buffer},
               {"8 tensor cores", "ldmatrix and mma.sync, factors cut to TF32", gemm_tensor_cores,
                Needs::sm_80, Factors::tf32},
               {"9 pipeline", "two steps ahead", gemm_pipeline, Needs::sm_80, Factors::tf32},
               {"10 3xTF32", "three products for float32's accuracy", gemm_three_tf32},
               {"11 TMA, wgmma", "boxes and 64x128 products, asked for by descriptor",
                gemm_tma_wgmma, Needs::sm_90a, Factors::tf32},
               {"12 specialised warps", "a warp that copies, eight that multiply",
                gemm_specialised_warps, Needs::sm_90a, Factors::tf32}},
      .conv2d = {{"1 direct", "a thread for each element of the output", conv2d_direct},
                 {"2 channels last", "neighbouring threads, neighbouring channels",
                  conv2d_channels_last},
                 {"3 halo tile", "pixels with their neighbours in shared memory", conv2d_halo_tile},
                 {"4 register tile", "eight pixels a thread", conv2d_register_tile},
                 {"5 implicit GEMM", "GEMM 6 on patches that nobody writes", conv2d_implicit_gemm},
                 {"6 tensor cores", "GEMM 9, cp.async fills in zeros", conv2d_tensor_cores,
                  Needs::sm_80, Factors::tf32},
                 {"7 fused", "bias, ReLU and pooling in registers", conv2d_fused, Needs::sm_80,
                  Factors::tf32},
                 {"8 TMA, wgmma", "boxes of pixels, zeros outside", conv2d_tma_wgmma, Needs::sm_90a,
                  Factors::tf32}},
      .softmax = {{"1 thread a row", "the three loops of the formula", softmax_thread_a_row},
                  {"2 block a row", "256 threads join in shared memory", softmax_block_a_row},
                  {"3 warp a row", "32 lanes join by shuffles", softmax_warp_a_row},
                  {"4 online", "maximum and sum in one pass", softmax_online},
                  {"5 registers", "16-byte loads, the row stays in registers", softmax_registers}}};
  return all;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::lab
