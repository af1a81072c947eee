// How work is split: the maps do not depend on it, progress is told, memory stays within bounds.
#include <utility>
#include <vector>

#include "kernels/parallel.h"
#include "tests/xai/food_cnn_fixture.h"
#include "tests/xai/formula_models.h"
#include "xai/gradient_sum.h"
#include "xai/integrated_gradients.h"
#include "xai/saliency.h"
#include "xai/smoothgrad.h"

namespace backlight::testing {
namespace {

TEST(Work, MapsHaveTheSameBytesForAnyBatchAndThreadCount) {
  const Model model = food_cnn("food");
  const Tensor x = picture(0), black = Tensor::zeros(x.shape());
  const int before = kernels::thread_count();
  const auto maps = [&](std::int64_t batch, int threads) {
    kernels::set_thread_count(threads);
    const Work work{.batch = batch};
    const SmoothGradResult smooth = smoothgrad(model, x, 2, {.samples = 7, .seed = 3}, work);
    const IntegratedGradientsResult path =
        integrated_gradients(model, x, black, 2, {.steps = 7}, work);
    const SaliencyResult single = saliency(model, x, 2);
    kernels::set_thread_count(before);
    return std::vector{smooth.values, smooth.standard_error, path.values, single.values};
  };
  const std::vector<Tensor> expected = maps(8, before);
  for (const auto& [batch, threads] : {std::pair{1, 1}, {3, 2}, {10, 5}, {4, 1}}) {
    const std::vector<Tensor> actual = maps(batch, threads);
    for (std::size_t m = 0; m < expected.size(); ++m)
      EXPECT_TRUE(has_same_bytes(actual[m], expected[m]))
          << "map " << m << ", batch " << batch << ", " << threads << " threads";
  }
}

TEST(Work, SumsWeightedGradientsAndSquares) {
  const Quadratic model(2, 6, DType::f64);
  const Tensor inputs = uniform({5, 1, 2, 3}, DType::f64, 8);
  const GradientSum sum = sum_gradients(
      model, logit_of(1), 5,
      [&](std::int64_t first, std::int64_t count) { return inputs.rows(first, count); },
      [](std::int64_t k) { return 1.0 + static_cast<double>(k); }, Part::magnitude, {.batch = 2});
  for (std::int64_t i = 0; i < 6; ++i) {
    double expected = 0, squares = 0;
    for (std::int64_t k = 0; k < 5; ++k) {
      const double g = model.gradient(1, inputs.rows(k, 1)).at(i);
      expected += (1.0 + static_cast<double>(k)) * std::abs(g);
      squares += (1.0 + static_cast<double>(k)) * g * g;
    }
    EXPECT_NEAR(sum.sum.at(i), expected, 1e-13);
    EXPECT_NEAR(sum.squares.at(i), squares, 1e-13);
  }
}

TEST(Work, TellsItsProgressAndCanBeStopped) {
  const Quadratic model(2, 12, DType::f32);
  const Tensor x = uniform({1, 2, 2, 3}, DType::f32, 5);
  std::vector<std::pair<std::int64_t, std::int64_t>> told;
  const Work work{.batch = 4, .progress = [&](std::int64_t done, std::int64_t total) {
                    told.emplace_back(done, total);
                  }};
  smoothgrad(model, x, 0, {.samples = 10}, work);
  EXPECT_EQ(told, (std::vector<std::pair<std::int64_t, std::int64_t>>{{4, 10}, {8, 10}, {10, 10}}));

  int calls = 0;
  const Work stopped{.batch = 1, .progress = [&](std::int64_t, std::int64_t) {
                       if (++calls == 3) throw Interrupted();
                     }};
  EXPECT_THROW(integrated_gradients(model, x, Tensor::zeros(x.shape()), 0, {}, stopped),
               Interrupted);
  EXPECT_EQ(calls, 3);
}

// Recording for an input gradient keeps bits and window indices, not activations: the bytes alive
// at once, beyond weights (which the convolutions keep packed, too), are those that `inspect` tells
// and --batch is chosen by. In a process of its own, since the peak is one of the whole process.
TEST(WorkDeathTest, AnInputGradientStaysWithinItsWorkingBytes) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  for (const auto& config : {FoodCnnConfig::course(4), FoodCnnConfig::prelu_2020(4)})
    EXPECT_EXIT(
        {
          FoodCnn model(config);
          model.initialise(1);
          const Tensor x = uniform(model.input_shape(1), DType::f32, 2, 0, 1);
          const Model logits = [&](const Var& input) { return model(input); };
          // The first gradient packs the weights; the second finds them packed.
          for (int run = 0; run < 2; ++run) (void)input_gradient(logits, x, logit_of(0));
          const MemoryUse use = memory_use();
          const auto bound = static_cast<std::size_t>(model.working_bytes());
          std::fprintf(stderr, "%zu bytes, no more than %zu", use.peak - use.live, bound);
          std::exit(use.peak - use.live <= bound ? 0 : 1);
        },
        ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace backlight::testing
