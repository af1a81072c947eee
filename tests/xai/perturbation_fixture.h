// A small network, a picture of it, and what Captum, SHAP and Quantus say of them.
#pragma once

#include <string>

#include "tests/models/fixtures.h"
#include "tests/testing.h"
#include "tests/xai/networks.h"
#include "xai/coalitions.h"
#include "xai/segmentation/grid.h"

namespace backlight::testing {

// What tests/fixtures/perturbation/<name>.safetensors is about, in float64: class 2 of the first
// picture, with the second as the baseline.
struct PerturbationCase {
  explicit PerturbationCase(const std::string& name)
      : network(testing::network(name)),
        x(network.reference.at("input").rows(0, 1)),
        other(network.reference.at("input").rows(1, 1)),
        expected(fixture_weights("perturbation/" + name + ".safetensors")) {}

  // What the segments of x are worth beside the baseline.
  SegmentGame game() const { return {network.model, objective, x, other, segments}; }

  Network network;
  Tensor x, other;
  StateDict expected;
  Objective objective = logit_of(2);
  Tensor segments = grid_segments(16, 16, 3, 3);
  std::uint64_t seed = 5;
};

inline Tensor as_tensor(const std::vector<double>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

// What each segment adds to an additive model's score: the sums over its pixels and their channels
// of the differences [1,H,W,C] that replacing a pixel makes.
inline std::vector<double> sums_over_segments(const Tensor& differences, const Tensor& segments,
                                              std::int64_t count) {
  std::vector<double> sums(static_cast<std::size_t>(count));
  const std::int64_t channels = differences.dim(3);
  for (std::int64_t i = 0; i < differences.numel(); ++i)
    sums[static_cast<std::size_t>(segments.at(i / channels))] += differences.at(i);
  return sums;
}

}  // namespace backlight::testing
