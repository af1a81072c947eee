// Tests of what a GPU computes in each precision.
#pragma once

#include "kernels/generation.h"
#include "kernels/precision.h"
#include "tests/kernels/gpus.h"

namespace backlight::testing {

// A test of it starts with Ampere's kernels, those for every GPU, in fp32.
class InEachPrecision : public OnEachGpu {
 protected:
  void SetUp() override {
    OnEachGpu::SetUp();
    kernels::set_generation(kernels::Generation::ampere);
  }
  void TearDown() override {
    kernels::set_precision(kernels::Precision::fp32);
    kernels::set_generation(kernels::Generation::automatic);
  }

  // Expects compute(), whose result lies on the GPU, to come as close to `expected` in each
  // precision as its factors are, and no closer: then another precision was used.
  template <typename F>
  static void expect_precise(const char* what, const Tensor& expected, F&& compute) {
    struct Bounds {
      kernels::Precision precision;
      double least, most;
    };
    for (const Bounds& bounds :
         {Bounds{kernels::Precision::fp32, 0, 2e-6}, Bounds{kernels::Precision::tf32, 1e-5, 2e-3},
          Bounds{kernels::Precision::bf16, 1e-4, 2e-2}}) {
      SCOPED_TRACE(str(what, ", precision ", static_cast<int>(bounds.precision)));
      kernels::set_precision(bounds.precision);
      const Tensor actual = here(compute());
      EXPECT_TRUE(is_close(actual, expected, bounds.most));
      EXPECT_GE(distance(actual, expected), bounds.least * norm(expected));
    }
    kernels::set_precision(kernels::Precision::fp32);
  }
};

}  // namespace backlight::testing
