// Elementwise functions, sums, activations, batch norm and softmax: what the gradients of
// tests/autograd do not show.
#include "kernels/elementwise.h"

#include <limits>

#include "kernels/activation.h"
#include "kernels/batch_norm.h"
#include "kernels/softmax.h"
#include "tests/kernels/threads.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Elementwise, BroadcastsAsNumPyDoes) {
  const Tensor rows = Tensor::from<float>({10, 20}, {2, 1});
  const Tensor columns = Tensor::from<float>({1, 2, 3}, {3});
  const Tensor sum = binary(Binary::add, rows, columns);
  ASSERT_EQ(sum.shape(), (Shape{2, 3}));
  const double expected[] = {11, 12, 13, 21, 22, 23};
  for (std::int64_t i = 0; i < 6; ++i) EXPECT_EQ(sum.at(i), expected[i]);
  EXPECT_EQ(binary(Binary::subtract, columns, Tensor::scalar(1)).at(2), 2);
  EXPECT_EQ(broadcast_shape({4, 1, 3}, {2, 1}), (Shape{4, 2, 3}));
  EXPECT_EQ(broadcast_shape({1}, {0}), (Shape{0}));
  EXPECT_EQ(message_of([] {
              broadcast_shape({2, 3}, {2});
            }),
            "the shapes [2, 3] and [2] do not broadcast");
  EXPECT_NE(message_of([&] { broadcast_to(columns, {2}); }), "");
  EXPECT_NE(message_of([&] { sum_to(columns, {2}); }), "");
  EXPECT_EQ(message_of([&] { binary(Binary::add, columns, Tensor::scalar(1, DType::f64)); }),
            "add of float32 and float64");
  EXPECT_EQ(message_of([] { unary(Unary::exp, Tensor::zeros({1}, DType::i64)); }),
            "exp computes in float32 or float64, not int64");
}

// So large that threads begin in the middle.
TEST(Elementwise, BroadcastsFromAnyElementOn) {
  constexpr std::int64_t kCount = 3, kHeight = 101, kWidth = 97, kChannels = 5;
  const Tensor x = uniform({1, kHeight, 1, kChannels}, DType::f32, 1);
  const Tensor y = broadcast_to(x, {kCount, kHeight, kWidth, kChannels});
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const std::int64_t row = i / (kWidth * kChannels) % kHeight;
    wrong += y.at(i) == x.at(row * kChannels + i % kChannels) ? 0 : 1;
  }
  EXPECT_EQ(wrong, 0);
}

// <broadcast_to(x), y> = <x, sum_to(y)>
TEST(Elementwise, SummingIsTheTransposeOfRepeating) {
  for (const auto& [small, large] : {std::pair<Shape, Shape>{{3}, {4, 3}},
                                     {{4, 1}, {2, 4, 3}},
                                     {{}, {2, 5}},
                                     {{1, 3}, {7, 3}}}) {
    const Tensor x = uniform(small, DType::f64, 1), y = uniform(large, DType::f64, 2);
    const double expected = dot(broadcast_to(x, large), y);
    EXPECT_NE(expected, 0);
    EXPECT_NEAR(dot(x, sum_to(y, small)), expected, 1e-13);
  }
}

TEST(Elementwise, LayoutsMixWithoutChangingABit) {
  const Tensor x = uniform({2, 3, 5, 32}, DType::f32, 1), y = uniform(x.shape(), DType::f32, 2);
  const Tensor blocked = x.in_layout(Layout::channels_in_16s);
  for (const Binary op : {Binary::add, Binary::subtract, Binary::multiply, Binary::divide}) {
    const Tensor expected = binary(op, x, y);
    EXPECT_TRUE(has_same_bytes(binary(op, blocked, y), expected));
    EXPECT_TRUE(has_same_bytes(binary(op, x, y.in_layout(Layout::channels_in_16s)), expected));
  }
  const Tensor bias = uniform({32}, DType::f32, 3);
  EXPECT_TRUE(has_same_bytes(binary(Binary::add, blocked, bias), binary(Binary::add, x, bias)));
  EXPECT_TRUE(has_same_bytes(unary(Unary::tanh, blocked), unary(Unary::tanh, x)));
  EXPECT_TRUE(has_same_bytes(affine(blocked, 2, 1), affine(x, 2, 1)));
  EXPECT_TRUE(has_same_bytes(power(blocked, 2), power(x, 2)));
  EXPECT_TRUE(has_same_bytes(sum_to(blocked, {32}), sum_to(x, {32})));
  EXPECT_TRUE(has_same_bytes(relu(blocked), relu(x)));
  EXPECT_TRUE(
      has_same_bytes(apply_mask(y, positive_mask(blocked)), apply_mask(y, positive_mask(x))));
  EXPECT_TRUE(has_same_bytes(prelu(blocked, bias), prelu(x, bias)));
  EXPECT_TRUE(has_same_bytes(prelu_gradient(y, positive_mask(blocked), bias),
                             prelu_gradient(y, positive_mask(x), bias)));
  EXPECT_TRUE(has_same_bytes(softmax(blocked), softmax(x)));
}

TEST(SumTo, SumsInDoubleAndInOneOrder) {
  const Tensor many = Tensor::full({100003, 1}, 0.1);
  EXPECT_EQ(sum_to(many, {}).item(), static_cast<double>(static_cast<float>(100003 * 0.1f)))
      << "a running float32 sum is off by several units";
  const Tensor x = uniform({20000, 5}, DType::f32, 1);
  expect_same_bytes_on_any_threads([&] { return sum_to(x, {5}); });
  expect_same_bytes_on_any_threads([&] { return sum_to(x, {}); });
  expect_same_bytes_on_any_threads([&] { return sum_to(x, {20000, 1}); });
}

TEST(Relu, KeepsNaNAndClosesZero) {
  const Tensor x =
      Tensor::from<float>({-2, -0.0f, 0, 3, kNaN, kInfinity, -kInfinity, 1e-45f, 5}, {9});
  const Tensor y = relu(x);
  const double expected[] = {0, 0, 0, 3, 0, kInfinity, 0, 1e-45f, 5};
  for (const std::int64_t i : {0, 1, 2, 3, 5, 6, 7, 8}) EXPECT_EQ(y.at(i), expected[i]) << i;
  EXPECT_TRUE(std::isnan(y.at(4)));

  const PositiveMask mask = positive_mask(x);
  const Tensor ones = Tensor::full({9}, 1);
  const Tensor open = apply_mask(ones, mask), closed = apply_mask(ones, complement(mask));
  const double is_open[] = {0, 0, 0, 1, 0, 1, 0, 1, 1};
  for (std::int64_t i = 0; i < 9; ++i) {
    EXPECT_EQ(open.at(i), is_open[i]) << i;
    EXPECT_EQ(closed.at(i), 1 - is_open[i]) << i;
  }
  EXPECT_EQ(mask.bits.numel(), 2);
  EXPECT_EQ(message_of([&] { apply_mask(Tensor::zeros({3}), mask); }),
            "apply_mask: a mask of shape [9] does not fit a tensor of shape [3]");
}

TEST(Prelu, HasOneSlopeAChannelOrOneForAll) {
  const Tensor x = Tensor::from<float>({-1, -1, 2, kNaN}, {2, 2});
  const Tensor y = prelu(x, Tensor::from<float>({0.5f, 0.25f}, {2}));
  EXPECT_EQ(y.at(0), -0.5);
  EXPECT_EQ(y.at(1), -0.25);
  EXPECT_EQ(y.at(2), 2);
  EXPECT_TRUE(std::isnan(y.at(3)));
  EXPECT_EQ(prelu(x, Tensor::from<float>({0.5f}, {1})).at(1), -0.5);
  EXPECT_EQ(message_of([&] { prelu(x, Tensor::zeros({3})); }),
            "prelu: 3 slopes for an input of 2 channels");
}

TEST(BatchNorm, MomentsAreThoseOfTheDefinition) {
  const Tensor x = Tensor::from<float>({1, 10, 3, 30, 5, 50, 7, 70}, {2, 2, 1, 2});
  const ChannelMoments moments = channel_moments(x);
  EXPECT_EQ(moments.mean.at(0), 4);
  EXPECT_EQ(moments.mean.at(1), 40);
  EXPECT_EQ(moments.variance.at(0), 5);
  EXPECT_EQ(moments.variance.at(1), 500);
}

// A mean far from zero must not eat the variance.
TEST(BatchNorm, SurvivesALargeMean) {
  const Tensor x = affine(uniform({4, 8, 8, 3}, DType::f64, 1), 1, 1000).to(DType::f32);
  const ChannelMoments quick = channel_moments(x), exact = channel_moments(x.to(DType::f64));
  EXPECT_TRUE(is_close(quick.variance, exact.variance, 1e-4));
  EXPECT_TRUE(is_close(quick.mean, exact.mean, 1e-6));
}

TEST(BatchNorm, SameBytesOnAnyNumberOfThreadsAndInBothLayouts) {
  const Tensor x = uniform({3, 9, 7, 32}, DType::f32, 1), g = uniform(x.shape(), DType::f32, 2);
  const Tensor gamma = uniform({32}, DType::f32, 3), beta = uniform({32}, DType::f32, 4);
  const ChannelMoments moments = channel_moments(x);
  expect_same_bytes_on_any_threads([&] { return channel_moments(x).mean; });
  expect_same_bytes_on_any_threads([&] { return channel_moments(x).variance; });
  expect_same_bytes_on_any_threads([&] { return batch_norm(x, moments, gamma, beta, 1e-5); });
  expect_same_bytes_on_any_threads(
      [&] { return batch_norm_gradients(x, moments, gamma, 1e-5, g).x; });
  expect_same_bytes_on_any_threads(
      [&] { return batch_norm_gradients(x, moments, gamma, 1e-5, g).gamma; });
  expect_same_bytes_in_any_batch(
      x, [&](const Tensor& t) { return batch_norm(t, moments, gamma, beta, 1e-5); });
  const Tensor blocked = x.in_layout(Layout::channels_in_16s);
  EXPECT_TRUE(has_same_bytes(channel_moments(blocked).variance, moments.variance));
  EXPECT_TRUE(has_same_bytes(batch_norm(blocked, moments, gamma, beta, 1e-5),
                             batch_norm(x, moments, gamma, beta, 1e-5)));
  EXPECT_TRUE(has_same_bytes(batch_norm_gradients(blocked, moments, gamma, 1e-5, g).x,
                             batch_norm_gradients(x, moments, gamma, 1e-5, g).x));
}

TEST(BatchNorm, RefusesOtherChannels) {
  const Tensor x = Tensor::zeros({2, 3}), three = Tensor::full({3}, 1), two = Tensor::full({2}, 1);
  EXPECT_EQ(message_of([&] {
              batch_norm(x, {three, three}, two, three, 1e-5);
            }),
            "batch_norm: 2 channels do not fit an input of 3");
  EXPECT_NE(message_of([] { channel_moments(Tensor::zeros({0, 3})); }), "");
}

TEST(Softmax, SurvivesLargeLogitsAndSumsToOne) {
  const Tensor x = Tensor::from<float>({1000, 999, -1000, 0, 0, 0}, {2, 3});
  const Tensor p = softmax(x), log_p = log_softmax(x);
  EXPECT_NEAR(p.at(0), 1 / (1 + std::exp(-1)), 1e-6);
  EXPECT_EQ(p.at(2), 0);
  EXPECT_NEAR(log_p.at(2), -2000.3133, 1e-3);
  EXPECT_NEAR(log_p.at(3), -std::log(3.0), 1e-6);
  for (std::int64_t row = 0; row < 2; ++row)
    EXPECT_NEAR(p.at(3 * row) + p.at(3 * row + 1) + p.at(3 * row + 2), 1, 1e-6);
  EXPECT_NE(message_of([] { softmax(Tensor::zeros({2, 0})); }), "");
}

TEST(Pick, TakesOneClassARowAndPutsItBack) {
  const Tensor x = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  const Tensor index = Tensor::from<std::int64_t>({2, 0}, {2});
  const Tensor y = pick(x, index);
  EXPECT_EQ(y.at(0), 3);
  EXPECT_EQ(y.at(1), 4);
  const Tensor back = place(y, index, 3);
  const double expected[] = {0, 0, 3, 4, 0, 0};
  for (std::int64_t i = 0; i < 6; ++i) EXPECT_EQ(back.at(i), expected[i]);
  EXPECT_EQ(message_of([&] {
              pick(x, Tensor::from<std::int64_t>({0, 3}, {2}));
            }),
            "pick: class 3 of 3 does not exist");
  EXPECT_NE(message_of([&] { pick(x, Tensor::from<std::int64_t>({0, -1}, {2})); }), "");
  EXPECT_NE(message_of([&] { pick(x, Tensor::from<std::int64_t>({0}, {1})); }), "");
  EXPECT_NE(message_of([&] { pick(x, Tensor::from<std::int32_t>({0, 1}, {2})); }), "");
}

TEST(Parallel, PassesTheFirstExceptionOn) {
  const Threads threads(3);
  EXPECT_THROW(parallel_for(100, [](std::int64_t i) { require(i != 57, "no"); }), Error);
  EXPECT_NE(message_of([] { set_thread_count(0); }), "");
  std::vector<int> seen(1000);
  parallel_ranges(1000, 7, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) ++seen[static_cast<std::size_t>(i)];
  });
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 1000);
}

}  // namespace
}  // namespace backlight::kernels
