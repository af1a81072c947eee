// The fastest of cuDNN's engines for a convolution, found by timing them on this GPU once.
#pragma once

#include "kernels/vendor/convolution.h"

namespace backlight::kernels::vendor {

struct TunedConvolution {
  ConvolutionProblem problem;
  ConvolutionPlan plan;
  double milliseconds;  // of the fastest of the timed runs

  // Starts it on the device's stream. Errors: names the problem and what cuDNN says.
  void run(const ConvolutionOperands& operands) const;
};

// At the first call with a problem, times the plans that cuDNN offers on `operands` (whose result
// is overwritten) and keeps the fastest; afterwards gives that one. Null if cuDNN offers none that
// runs. Errors: OutOfMemory.
const TunedConvolution* find_convolution(const ConvolutionProblem& problem,
                                         const ConvolutionOperands& operands);

// What was found for the problem, or null if it was not looked for or not found.
const TunedConvolution* found_convolution(const ConvolutionProblem& problem);

// The version of cuDNN that is running: "9.19.0".
std::string cudnn_version();

}  // namespace backlight::kernels::vendor
