#include "kernels/pooling.h"

#include <limits>

#include "tests/kernels/threads.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(MaxPool2d, FirstOfEqualElementsWins) {
  const Tensor flat = Tensor::full({1, 4, 4, 2}, 3);
  PoolIndex index;
  const Tensor y = max_pool2d(flat, {2, 2}, &index);
  ASSERT_EQ(y.shape(), (Shape{1, 2, 2, 2}));
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    EXPECT_EQ(y.at(i), 3);
    EXPECT_EQ(index.position.at(i), 0);
  }
  const Tensor x = Tensor::from<float>({1, 5, 5, 5}, {1, 2, 2, 1});
  max_pool2d(x, {2, 2}, &index);
  EXPECT_EQ(index.position.item(), 1);
  const Tensor g = unpool2d(Tensor::full({1, 1, 1, 1}, 7), index);
  EXPECT_EQ(g.at(0), 0);
  EXPECT_EQ(g.at(1), 7);
  EXPECT_EQ(g.at(2), 0);
  EXPECT_EQ(g.at(3), 0);
}

TEST(MaxPool2d, NaNWinsOverEverything) {
  for (int at = 0; at < 4; ++at) {
    std::vector<float> values{1, 9, -3, std::numeric_limits<float>::infinity()};
    values[static_cast<std::size_t>(at)] = kNaN;
    PoolIndex index;
    EXPECT_TRUE(std::isnan(max_pool2d(Tensor::from(values, {1, 2, 2, 1}), {2, 2}, &index).item()));
    EXPECT_EQ(index.position.item(), at);
  }
  PoolIndex index;
  const Tensor closed = Tensor::from<float>({0, 0, kNaN, 0}, {1, 2, 2, 1});
  EXPECT_TRUE(std::isnan(max_pool2d(closed, {2, 2}, &index, true).item()));
  EXPECT_EQ(index.position.item(), 2) << "a NaN is not a closed ReLU";
}

TEST(MaxPool2d, LowestNumberIsAMaximumToo) {
  const float lowest = -std::numeric_limits<float>::infinity();
  PoolIndex index;
  EXPECT_EQ(max_pool2d(Tensor::full({1, 2, 2, 1}, lowest), {2, 2}, &index).item(), lowest);
  EXPECT_EQ(index.position.item(), 0);
}

TEST(MaxPool2d, RemembersWhereAReluWasClosed) {
  const Tensor x = Tensor::from<float>({0, 0, 0, 0, 0, 2, 0, 0}, {1, 2, 4, 1});
  PoolIndex index;
  const Tensor y = max_pool2d(x, {2, 2}, &index, true);
  EXPECT_EQ(y.at(0), 2);
  EXPECT_EQ(index.position.at(0), 3);
  EXPECT_EQ(y.at(1), 0);
  EXPECT_EQ(index.position.at(1), kNowhere);
  const Tensor g = unpool2d(Tensor::full({1, 1, 2, 1}, 1), index);
  EXPECT_EQ(dot(g, Tensor::full(g.shape(), 1)), 1);
  EXPECT_EQ(g.at(5), 1);
  const Tensor picked = pick_pooled(Tensor::full(x.shape(), 4), index);
  EXPECT_EQ(picked.at(0), 4);
  EXPECT_EQ(picked.at(1), 0);
}

// <unpool2d(g), x> = <g, pick_pooled(x)>, overlapping windows or not.
TEST(MaxPool2d, UnpoolingIsTheTransposeOfPicking) {
  for (const PoolGeometry at : {PoolGeometry{2, 2}, {3, 2}, {3, 1}, {2, 1}, {1, 2}, {4, 3}}) {
    const Tensor x = shuffled({2, 9, 7, 16}, DType::f64, 1);
    PoolIndex index;
    const Tensor y = max_pool2d(x, at, &index);
    EXPECT_TRUE(has_same_bytes(pick_pooled(x, index), y));
    const Tensor g = uniform(y.shape(), DType::f64, 2), v = uniform(x.shape(), DType::f64, 3);
    const double expected = dot(g, pick_pooled(v, index));
    EXPECT_NEAR(dot(unpool2d(g, index), v), expected, 1e-12 * norm(g) * norm(v));
    EXPECT_NE(expected, 0);
  }
}

TEST(MaxPool2d, BothLayoutsGiveTheSame) {
  const Tensor x = uniform({2, 6, 8, 32}, DType::f32, 1);
  const Tensor blocked = x.in_layout(Layout::channels_in_16s);
  PoolIndex index, blocked_index;
  const Tensor y = max_pool2d(x, {2, 2}, &index);
  const Tensor z = max_pool2d(blocked, {2, 2}, &blocked_index);
  EXPECT_TRUE(has_same_bytes(z, y));
  EXPECT_TRUE(has_same_bytes(blocked_index.position, index.position));
  const Tensor g = uniform(y.shape(), DType::f32, 2);
  EXPECT_TRUE(has_same_bytes(unpool2d(g, blocked_index), unpool2d(g, index)));
  EXPECT_TRUE(has_same_bytes(pick_pooled(x, blocked_index), y));
}

TEST(MaxPool2d, SameBytesInAnyBatchAndOnAnyNumberOfThreads) {
  const Tensor x = uniform({4, 9, 8, 16}, DType::f32, 1);
  for (const PoolGeometry at : {PoolGeometry{2, 2}, {3, 1}}) {
    expect_same_bytes_in_any_batch(x, [&](const Tensor& t) { return max_pool2d(t, at, nullptr); });
    PoolIndex index;
    const Tensor y = max_pool2d(x, at, &index);
    const Tensor g = uniform(y.shape(), DType::f32, 2);
    expect_same_bytes_on_any_threads([&] { return max_pool2d(x, at, nullptr); });
    expect_same_bytes_on_any_threads([&] { return unpool2d(g, index); });
  }
}

TEST(MaxPool2d, RefusesShapesThatDoNotFit) {
  const Tensor x = Tensor::zeros({1, 4, 4, 2});
  EXPECT_EQ(message_of([&] {
              max_pool2d(x, {5, 1}, nullptr);
            }),
            "max_pool2d: a window of 5 is larger than the input [1, 4, 4, 2]");
  EXPECT_NE(message_of([&] { max_pool2d(x, {0, 1}, nullptr); }), "");
  EXPECT_NE(message_of([&] { max_pool2d(x, {2, 0}, nullptr); }), "");
  EXPECT_NE(message_of([&] { max_pool2d(Tensor::zeros({1, 20, 20, 1}), {16, 1}, nullptr); }), "");
  EXPECT_NE(message_of([&] { max_pool2d(Tensor::zeros({4, 4}), {2, 2}, nullptr); }), "");
  PoolIndex index;
  max_pool2d(x, {2, 2}, &index);
  EXPECT_EQ(message_of([&] {
              unpool2d(Tensor::zeros({1, 4, 4, 2}), index);
            }),
            "unpool2d: a tensor of shape [1, 4, 4, 2] does not fit an index of [1, 2, 2, 2]");
  EXPECT_EQ(message_of([&] {
              pick_pooled(Tensor::zeros({1, 2, 2, 2}), index);
            }),
            "pick_pooled: a tensor of shape [1, 2, 2, 2] does not fit an index of [1, 4, 4, 2]");
}

}  // namespace
}  // namespace backlight::kernels
