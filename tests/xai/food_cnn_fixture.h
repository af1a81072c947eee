// The food CNNs of the fixtures as the methods see them, and PyTorch's maps of two pictures.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "models/food_cnn.h"
#include "tests/models/fixtures.h"
#include "tests/testing.h"
#include "xai/model.h"

namespace backlight::testing {

// "food" or "prelu", in float32 or float64.
inline Model food_cnn(const std::string& edition, DType dtype = DType::f32) {
  const StateDict weights = fixture_weights("food_cnn/" + edition + "/weights.pth");
  const auto model = std::make_shared<FoodCnn>(FoodCnnConfig::detect(weights));
  model->load_state_dict(weights);
  model->to(dtype);
  return [model](const Var& x) { return (*model)(x); };
}

// Picture n, [1,128,128,3].
inline Tensor picture(int n, DType dtype = DType::f32) {
  return fixture_pictures(n + 1).rows(n, 1).to(dtype);
}

// The class that picture n is explained for.
inline std::int64_t label(const std::string& edition, int n) {
  const Tensor labels = fixture_npy("food_cnn/" + edition + "/labels.npy");
  return static_cast<std::int64_t>(labels.at(n));
}

// Whether a whole map agrees with the samples, the norm and the sum that PyTorch's float64 map of
// picture n left behind. A float64 map must to 1e-9 of its largest value. A float32 map, in which a
// ReLU or a pooling here and there falls to the other side, to 5e-3 of the samples' norm and 1e-5
// of the cosine; over the many points of a path there are more of those (PyTorch's own float32
// misses its float64 by 7.6e-3 and 2.9e-5), so that a `path` may be off by 8e-3 and 5e-5.
inline void expect_map(const Tensor& map, const std::string& edition, const std::string& name,
                       int n, bool path = false) {
  SCOPED_TRACE(str(name, " of picture ", n, " in ", name_of(map.dtype())));
  const std::string file = "food_cnn/" + edition + "/" + name;
  const Tensor expected = fixture_npy(file + ".sample.npy").rows(n, 1);
  const Tensor norms = fixture_npy(file + ".norm.npy").rows(n, 1);
  const bool one_channel = map.numel() == 128 * 128;
  const Tensor at =
      fixture_npy(one_channel ? "food_cnn/sample_pixels.npy" : "food_cnn/sample_values.npy");
  ASSERT_EQ(map.numel(), one_channel ? 128 * 128 : 128 * 128 * 3);
  Tensor samples(expected.shape(), DType::f64);
  double largest_error = 0, largest = 0, sum = 0;
  for (std::int64_t i = 0; i < expected.numel(); ++i) {
    const double value = map.at(static_cast<std::int64_t>(at.at(i)));
    samples.mutable_data<double>()[i] = value;
    const double error = std::abs(value - expected.at(i));
    if (!(error <= largest_error)) largest_error = error;  // and so a NaN stays
  }
  for (std::int64_t i = 0; i < map.numel(); ++i) {
    largest = std::max(largest, std::abs(map.at(i)));
    sum += map.at(i);
  }
  const bool exact = map.dtype() == DType::f64;
  const double size = norms.at(0), tolerance = exact ? 1e-9 : (path ? 8e-3 : 5e-3);
  EXPECT_TRUE(is_close(samples, expected, tolerance));
  EXPECT_FALSE(
      !(1 - dot(samples, expected) / (norm(samples) * norm(expected)) <= (path ? 5e-5 : 1e-5)));
  if (exact) {
    EXPECT_FALSE(!(largest_error <= 1e-9 * largest)) << largest_error << " of " << largest;
  }
  EXPECT_FALSE(!(std::abs(norm(map) - size) <= tolerance * size));
  // A sum of N errors of one sign is sqrt(N) times their norm at most.
  const double root = std::sqrt(static_cast<double>(map.numel()));
  EXPECT_FALSE(!(std::abs(sum - norms.at(1)) <= tolerance * size * root));
}

}  // namespace backlight::testing
