// Climbing the ladder on a device: the problems filled with random numbers, every rung as something
// to run, and how far its result is from the exact one.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "kernels/lab/ladder.h"
#include "tensor/device.h"

namespace backlight::kernels::lab {

struct Step {
  std::string name, idea;
  Needs needs = Needs::sm_80;
  // The deviation that its precision allows: float32's with float32 sums, or TF32's.
  double tolerance = 0;
  std::function<void()> run;  // fills the result; on a GPU it returns before that is done
};

// One family's steps, the shipped kernels last. They all work on the same tensors.
struct Climb {
  std::string family, shapes;
  double flop = 0, bytes = 0;
  std::vector<Step> steps;
  // Makes the result unwritten: on a GPU full of NaN.
  std::function<void()> poison;
  // The largest difference between the result and the exact one (computed in float64 on the
  // processor, for large problems for a part of the result), divided by the exact one's root mean
  // square. Not finite if any element is not.
  std::function<double()> deviation;
};

// Errors: the device was not opened.
Climb climb_gemm(Device device, int m, int n, int k);
Climb climb_conv2d(Device device, int n, int h, int w, int c, int o);
Climb climb_softmax(Device device, int rows, int columns);

}  // namespace backlight::kernels::lab
