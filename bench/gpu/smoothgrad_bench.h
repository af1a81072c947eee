// SmoothGrad of the full food CNN, end to end.
#pragma once

#include <vector>

#include "bench/gpu/ceilings.h"
#include "models/food_cnn.h"

namespace backlight::bench {

struct SmoothGradWork {
  std::int64_t photos = 10, samples = 500;
  std::vector<std::int64_t> chunks{16, 32, 64};  // samples that go through the network at once
};

// Times the work for each precision and chunk size, with our kernels and the libraries'. Seconds
// are those of the host's clock, from photos on the processor to maps on the processor. Whether
// every run succeeded, and gave the same bytes for every chunk size.
bool time_smoothgrad(FoodCnn& network, const SmoothGradWork& work,
                     const std::vector<kernels::Precision>& precisions, Table& table);

Table smoothgrad_table();

}  // namespace backlight::bench
