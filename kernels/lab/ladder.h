// The ladder: three kernels from the naive one to the shipped one, in steps of one idea each.
#pragma once

#include <vector>

#include "kernels/lab/problem.h"

namespace backlight::kernels::lab {

enum class Needs : std::uint8_t { sm_80, sm_90a };  // Ampere and newer, or Hopper

// How exactly a rung multiplies.
enum class Factors : std::uint8_t { fp32, tf32 };

template <typename Problem>
struct Rung {
  const char* name;  // "3 shared tiles"
  const char* idea;  // one line
  void (*run)(const Problem&);
  Needs needs = Needs::sm_80;
  Factors factors = Factors::fp32;
};

// All but the last rungs, which are kernels::gemm, conv2d_block and softmax themselves.
struct Rungs {
  std::vector<Rung<Gemm>> gemm;
  std::vector<Rung<Conv2d>> conv2d;
  std::vector<Rung<Softmax>> softmax;
};

}  // namespace backlight::kernels::lab

// The same files, compiled for GPUs by nvcc and for the simulator by the host compiler.
namespace backlight::kernels::cuda::lab {
const kernels::lab::Rungs& rungs();
}
namespace backlight::kernels::sim::lab {
const kernels::lab::Rungs& rungs();
}
