// One piece of work, done by our kernels and by NVIDIA's libraries: checked against each other,
// then timed side by side.
#pragma once

#include <functional>
#include <string>

#include "bench/gpu/ceilings.h"
#include "bench/gpu/library.h"
#include "bench/gpu/timer.h"

namespace backlight::bench {

struct Case {
  std::string layer = {}, shape = {}, op = {};
  kernels::Precision precision = kernels::Precision::fp32;
  double flop = 0, bytes = 0;  // that it must do and move, with float32 in memory
  // The work of one round through the kernels' headers.
  std::function<Tensor(std::int64_t round)> work = {};
  // Prepares the library as its own user would call it, where that is more than our headers let it
  // be: bfloat16 tensors throughout, a whole matrix at once. Not given where it is the same.
  std::function<LibraryCall()> library = {};
};

// The columns of compare()'s rows.
Table comparison_table(const std::string& name);

// Adds the case's row. Whether it was computed and the two agree to the precision's rounding; where
// they do not, the row says what is wrong.
bool compare(const Case& one, const Ceilings& ceilings, Table& table);

// A tensor of standard normal numbers of (seed, index) times `scale`, on the GPU.
Tensor normal(const Shape& shape, double scale, std::uint64_t seed);

}  // namespace backlight::bench
