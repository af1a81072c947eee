// Pooling on the GPUs: the processor's bytes, for ties, NaN, overlapping windows and odd sizes.
#include "kernels/pooling.h"
#include "tests/kernels/gpus.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

class GpuPooling : public OnEachGpu {};

// Few different numbers: nearly every window has its maximum twice.
Tensor with_ties(const Shape& shape, std::uint64_t seed) {
  Tensor out(shape);
  Random random(seed);
  for (std::int64_t i = 0; i < out.numel(); ++i)
    out.mutable_data<float>()[i] = static_cast<float>(random.below(3) - 1);
  return out;
}

PoolIndex moved(const PoolIndex& index, Device device) {
  return {index.position.to(device), index.geometry, index.input_shape};
}

void expect_same_pooling(const Tensor& x, PoolGeometry geometry, bool after_relu, Device device) {
  PoolIndex index, gpu_index;
  const Tensor y = max_pool2d(x, geometry, &index, after_relu);
  const Tensor gpu_y = max_pool2d(x.to(device), geometry, &gpu_index, after_relu);
  EXPECT_TRUE(has_same_bytes(here(gpu_y), y)) << x.shape();
  EXPECT_TRUE(has_same_bytes(here(gpu_index.position), index.position)) << x.shape();
  EXPECT_EQ(gpu_index.input_shape, x.shape());
  EXPECT_TRUE(has_same_bytes(here(max_pool2d(x.to(device), geometry, nullptr)), y));

  const Tensor g = uniform(y.shape(), DType::f32, 5), whole = uniform(x.shape(), DType::f32, 6);
  EXPECT_TRUE(has_same_bytes(here(unpool2d(g.to(device), gpu_index)), unpool2d(g, index)));
  EXPECT_TRUE(has_same_bytes(here(pick_pooled(whole.to(device), moved(index, device))),
                             pick_pooled(whole, index)));
}

TEST_P(GpuPooling, GivesTheProcessorsBytes) {
  const PoolGeometry geometries[] = {{2, 2}, {3, 2}, {3, 1}, {2, 1}, {1, 2}, {2, 3}, {4, 3}};
  for (const PoolGeometry geometry : geometries)
    for (const std::int64_t channels : {1, 3, 4, 8}) {
      const Shape shape{2, 9, 7, channels};
      for (const bool after_relu : {false, true}) {
        expect_same_pooling(with_ties(shape, 1), geometry, after_relu, GetParam());
        expect_same_pooling(with_extremes(shape, 2), geometry, after_relu, GetParam());
      }
    }
  expect_same_pooling(with_ties({3, 16, 16, 20}, 3), {2, 2}, true, GetParam());
}

TEST_P(GpuPooling, WindowsAsLargeAsTheyMayBe) {
  expect_same_pooling(uniform({1, 17, 15, 2}, DType::f32, 1), {15, 1}, false, GetParam());
}

TEST_P(GpuPooling, RowsThatAreNotAligned) {
  const Tensor x = with_ties({1, 4, 4, 4}, 4);
  PoolIndex index, gpu_index;
  const Tensor y = max_pool2d(x, {2, 2}, &index);
  EXPECT_TRUE(has_same_bytes(here(max_pool2d(misaligned(there(x)), {2, 2}, &gpu_index)), y));
  EXPECT_TRUE(has_same_bytes(here(unpool2d(misaligned(there(y)), gpu_index)), unpool2d(y, index)));
}

TEST_P(GpuPooling, AnEmptyBatch) {
  PoolIndex index;
  EXPECT_EQ(max_pool2d(there(Tensor::zeros({0, 4, 4, 3})), {2, 2}, &index).shape(),
            (Shape{0, 2, 2, 3}));
  EXPECT_EQ(unpool2d(there(Tensor::zeros({0, 2, 2, 3})), index).shape(), (Shape{0, 4, 4, 3}));
}

TEST_ON_EACH_GPU(GpuPooling);

}  // namespace
}  // namespace backlight::kernels
