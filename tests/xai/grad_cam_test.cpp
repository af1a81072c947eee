#include "xai/grad_cam.h"

#include <algorithm>

#include "autograd/recording.h"
#include "kernels/elementwise.h"
#include "tests/xai/food_cnn_fixture.h"
#include "tests/xai/networks.h"

namespace backlight::testing {
namespace {

// A layer "a" that keeps the picture as it is, and logits v . A^2: the gradient is 2 v A.
struct Squares {
  Tensor v = uniform({2, 4 * 3 * 2}, DType::f64, 4);
  Var operator()(const Var& x) const {
    Var a;
    {
      const LayerScope scope("a");
      a = observe(x);
    }
    const Var flat = flatten(a);
    return linear(multiply(flat, flat), v, Var());
  }
};

TEST(GradCam, WeighsChannelsByTheirMeanGradient) {
  const Squares model;
  const Tensor x = uniform({1, 4, 3, 2}, DType::f64, 5);
  double weights[2] = {0, 0}, map[12], negative = 0, all = 0;
  for (int i = 0; i < 24; ++i) weights[i % 2] += 2 * model.v.at(24 + i) * x.at(i) / 12;
  for (int p = 0; p < 12; ++p) {
    map[p] = weights[0] * x.at(2 * p) + weights[1] * x.at(2 * p + 1);
    all += std::abs(map[p]);
    if (map[p] < 0) negative -= map[p];
  }
  const GradCamResult paper = grad_cam(model, x, logit_of(1), {.layer = "a"});
  const GradCamResult captum =
      grad_cam(model, x, logit_of(1), {.layer = "a", .variant = Variant::captum});
  ASSERT_EQ(paper.values.shape(), (Shape{4, 3}));
  ASSERT_EQ(paper.weights.shape(), Shape{2});
  EXPECT_GT(negative, 0);
  EXPECT_LT(negative, all);
  for (int c = 0; c < 2; ++c) EXPECT_NEAR(paper.weights.at(c), weights[c], 1e-14);
  for (int p = 0; p < 12; ++p) {
    EXPECT_NEAR(paper.values.at(p), std::max(0.0, map[p]), 1e-14);
    EXPECT_NEAR(captum.values.at(p), map[p], 1e-14);
  }
  EXPECT_NEAR(paper.negative_share, negative / all, 1e-13);
}

TEST(GradCam, IsCaptumsAtAnyLayer) {
  const Model model = food_cnn("food", DType::f64), in_f32 = food_cnn("food");
  for (const int layer : {36, 25})
    for (int n = 0; n < 2; ++n) {
      const GradCamOptions options{.layer = str("cnn.", layer), .variant = Variant::captum};
      const Objective objective = logit_of(label("food", n));
      const GradCamResult cam = grad_cam(model, picture(n, DType::f64), objective, options);
      const Tensor expected =
          fixture_npy(str("food_cnn/food/grad_cam_", layer, "_captum.npy")).rows(n, 1);
      EXPECT_TRUE(is_close(cam.values, expected.reshape(cam.values.shape()), 1e-10));
      const Tensor single = grad_cam(in_f32, picture(n), objective, options).values;
      EXPECT_TRUE(is_close(single, cam.values, 1e-3));
      const Tensor paper =
          grad_cam(model, picture(n, DType::f64), objective, {.layer = options.layer}).values;
      EXPECT_TRUE(has_same_bytes(paper, kernels::relu(cam.values)));
    }
}

TEST(GradCam, RefusesALayerWithoutAMap) {
  const Model model = food_cnn("food");
  const auto message = [&](const std::string& layer) {
    return message_of([&] { grad_cam(model, picture(0), logit_of(0), {.layer = layer}); });
  };
  EXPECT_EQ(message("cnn.0"), "");
  EXPECT_EQ(message("cnn.40"), "nothing named 'cnn.40' ran while the recording was open");
  EXPECT_EQ(message("fc.0"),
            "Grad-CAM wants the output [1,h,w,C] of a convolutional layer, but that of fc.0 is "
            "[1, 64]");
}

TEST(GuidedGradCam, IsCaptums) {
  const Model model = food_cnn("food", DType::f64);
  for (int n = 0; n < 2; ++n) {
    const Tensor x = picture(n, DType::f64);
    const Objective objective = logit_of(label("food", n));
    const GradCamOptions captum{.variant = Variant::captum};
    expect_map(guided_grad_cam(model, x, objective, captum).values, "food",
               "guided_grad_cam_captum", n);
    // Ours is enlarged smoothly.
    const GuidedGradCamResult paper = guided_grad_cam(model, x, objective);
    const Tensor large = enlarge(grad_cam(model, x, objective).values, 128, 128);
    EXPECT_TRUE(is_close(
        paper.values,
        kernels::binary(kernels::Binary::multiply, guided_backprop(model, x, objective).values,
                        large.reshape({1, 128, 128, 1})),
        1e-12));
  }
}

// As torch.nn.functional.interpolate(mode="bilinear", align_corners=False) has it.
TEST(Enlarge, IsBilinearBetweenCentres) {
  const Tensor map = Tensor::from<double>({0, 1, 2, 4}, {2, 2});
  const Tensor large = enlarge(map, 4, 4);
  const double expected[] = {0,   0.25,   0.75,   1,    0.5, 0.8125, 1.4375, 1.75,
                             1.5, 1.9375, 2.8125, 3.25, 2,   2.5,    3.5,    4};
  for (int i = 0; i < 16; ++i) EXPECT_NEAR(large.at(i), expected[i], 1e-15) << i;
  EXPECT_TRUE(has_same_bytes(enlarge(map, 2, 2), map));
  const Tensor wide = enlarge(Tensor::from<double>({3}, {1, 1}), 2, 3);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(wide.at(i), 3);
  EXPECT_NE(message_of([&] { enlarge(map.reshape({4}), 2, 2); }), "");
}

}  // namespace
}  // namespace backlight::testing
