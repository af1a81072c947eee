// What this GPU can do at most: its tensor cores, its float32 units and its memory, measured by
// loops that do nothing else.
#pragma once

#include "bench/gpu/table.h"
#include "kernels/precision.h"

namespace backlight::bench {

// In TFLOP/s and GB/s; NaN for instructions the GPU does not have.
struct Ceilings {
  double fma = 0;  // float32 multiply-adds
  double mma_tf32 = 0, mma_bf16 = 0;
  double wgmma_tf32 = 0, wgmma_bf16 = 0;
  double copy = 0;  // bytes read and written by a copy that fits no cache

  // The most a kernel of this precision can reach: for tf32 and bf16 the better of the two kinds
  // of instruction; for fp32 a third of tf32 (3xTF32) or the float32 units, whichever is more.
  double tflops(kernels::Precision precision) const;
  // The percentage of the ceiling that `flop` and `bytes` in this time are.
  double percent(kernels::Precision precision, double flop, double bytes,
                 double milliseconds) const;
};

Ceilings measure_ceilings();

Table table_of(const Ceilings& ceilings);

}  // namespace backlight::bench
