#include "autograd/adam.h"

#include "tests/testing.h"

namespace backlight {
namespace {

using namespace backlight::testing;

// Two steps by hand: g = 3 then -1, learning rate 0.1, beta 0.9 and 0.999.
// m = 0.3, v = 0.009: m^ = 3, v^ = 9, so the first step is -0.1.
// m = 0.17, v = 0.009991: m^ = 0.17/0.19, v^ = 0.009991/0.001999.
TEST(Adam, StepsAsThePaperSays) {
  Tensor parameter = Tensor::full({1}, 1, DType::f64);
  Adam adam({&parameter}, {.learning_rate = 0.1});
  adam.step({Tensor::full({1}, 3, DType::f64)});
  EXPECT_NEAR(parameter.item(), 1 - 0.1 * 3 / (3 + 1e-8), 1e-15);
  adam.step({Tensor::full({1}, -1, DType::f64)});
  const double second = 0.1 * (0.17 / 0.19) / (std::sqrt(0.009991 / 0.001999) + 1e-8);
  EXPECT_NEAR(parameter.item(), 1 - 0.1 * 3 / (3 + 1e-8) - second, 1e-14);
}

TEST(Adam, FindsTheMinimumOfABowl) {
  Tensor x = Tensor::from<float>({3, -2}, {2});
  Adam adam({&x}, {.learning_rate = 0.1});
  for (int step = 0; step < 500; ++step) {
    if (step == 300) adam.set_learning_rate(0.01);
    const float* at = x.data<float>();
    adam.step({Tensor::from<float>({2 * (at[0] - 1), 20 * (at[1] - 5)}, {2})});
  }
  EXPECT_NEAR(x.at(0), 1, 1e-3);
  EXPECT_NEAR(x.at(1), 5, 1e-3);
}

TEST(Adam, LeavesAParameterWithoutGradientAlone) {
  Tensor x = Tensor::full({2}, 4);
  Adam adam({&x});
  adam.step({Tensor::zeros({2})});
  EXPECT_EQ(x.at(0), 4);
}

TEST(Adam, RefusesGradientsThatDoNotFit) {
  Tensor x = Tensor::full({2}, 4);
  Adam adam({&x});
  EXPECT_EQ(message_of([&] { adam.step({}); }), "Adam: 0 gradients for 1 parameters");
  EXPECT_EQ(message_of([&] { adam.step({Tensor::zeros({3})}); }),
            "Adam: a gradient of shape [3] for a parameter of [2]");
}

}  // namespace
}  // namespace backlight
