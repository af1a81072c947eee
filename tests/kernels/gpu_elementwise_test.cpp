// Elementwise arithmetic, activations and masks on the GPUs, beyond the sizes of the op table.
#include "kernels/activation.h"
#include "kernels/elementwise.h"
#include "tests/kernels/gpus.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

class GpuElementwise : public OnEachGpu {};
class GpuActivation : public OnEachGpu {};

TEST_P(GpuElementwise, FunctionsOfAnySize) {
  for (const std::int64_t size : kAwkwardSizes) {
    const Tensor x = uniform({size}, DType::f32, 1, 0.1f, 3);
    for (const Unary f : {Unary::exp, Unary::log, Unary::tanh, Unary::sigmoid})
      EXPECT_TRUE(is_close(here(unary(f, there(x))), unary(f, x.to(DType::f64)), 1e-6)) << size;
    EXPECT_TRUE(is_close(here(affine(there(x), -2.5, 0.75)), affine(x, -2.5, 0.75), 1e-6)) << size;
    EXPECT_TRUE(is_close(here(power(there(x), -1.5)), power(x.to(DType::f64), -1.5), 1e-6)) << size;
  }
  EXPECT_EQ(unary(Unary::exp, there(Tensor::zeros({0, 3}))).numel(), 0);
}

TEST_P(GpuElementwise, FunctionsOfViewsThatAreNotAligned) {
  for (const std::int64_t size : {5, 1030}) {
    const Tensor x = uniform({size}, DType::f32, 1);
    EXPECT_TRUE(
        is_close(here(unary(Unary::exp, misaligned(there(x)))), unary(Unary::exp, x), 1e-6));
    EXPECT_TRUE(has_same_bytes(here(binary(Binary::add, misaligned(there(x)), there(x))),
                               binary(Binary::add, x, x)));
  }
}

TEST_P(GpuElementwise, Broadcasting) {
  const std::pair<Shape, Shape> shapes[] = {{{5003}, {5003}},
                                            {{70, 64}, {64}},
                                            {{70, 63}, {63}},
                                            {{64}, {70, 64}},
                                            {{70, 64}, {70, 1}},
                                            {{3, 1, 32}, {3, 41, 1}},
                                            {{1025}, {1}},
                                            {{}, {1023}},
                                            {{2, 3, 4, 8}, {1, 3, 1, 8}},
                                            {{3, 1, 5, 1, 4}, {1, 2, 1, 3, 1}},
                                            {{0, 4}, {4}}};
  for (const auto& [left, right] : shapes) {
    const Tensor a = uniform(left, DType::f32, 1), b = uniform(right, DType::f32, 2, 0.5f, 2);
    for (const Binary op : {Binary::add, Binary::subtract, Binary::multiply, Binary::divide})
      EXPECT_TRUE(has_same_bytes(here(binary(op, there(a), there(b))), binary(op, a, b)))
          << left << " and " << right;
    const Shape shape = broadcast_shape(left, right);
    EXPECT_TRUE(has_same_bytes(here(broadcast_to(there(a), shape)), broadcast_to(a, shape)));
    EXPECT_TRUE(has_same_bytes(here(broadcast_to(there(b), shape)), broadcast_to(b, shape)));
  }
}

TEST_P(GpuElementwise, RefusesWhatItHasNoKernelFor) {
  const Tensor x = there(Tensor::zeros({3}, DType::f64));
  EXPECT_EQ(message_of([&] { unary(Unary::exp, x); }),
            "exp computes in float32 on GPUs, not in float64; convert with to(DType::f32) or "
            "compute on the processor");
  EXPECT_NE(message_of([&] { binary(Binary::add, x, x); }), "");
  const Tensor a = there(Tensor::zeros({2, 1, 2, 1, 2, 1, 2, 1, 2}));
  const Tensor b = there(Tensor::zeros({1, 2, 1, 2, 1, 2, 1, 2, 1}));
  EXPECT_NE(message_of([&] { binary(Binary::add, a, b); }), "");
}

TEST_P(GpuActivation, ReluKeepsNaN) {
  for (const std::int64_t size : kAwkwardSizes) {
    const Tensor x = with_extremes({size}, 5);
    EXPECT_TRUE(has_same_bytes(here(relu(there(x))), relu(x))) << size;
  }
}

TEST_P(GpuActivation, MasksOfAnySize) {
  for (const std::int64_t size : kAwkwardSizes) {
    const Tensor x = with_extremes({size}, 7), g = uniform({size}, DType::f32, 8);
    const PositiveMask mask = positive_mask(x), gpu_mask = positive_mask(there(x));
    EXPECT_TRUE(has_same_bytes(here(gpu_mask.bits), mask.bits)) << size;
    EXPECT_TRUE(has_same_bytes(here(complement(gpu_mask).bits), complement(mask).bits)) << size;
    EXPECT_TRUE(has_same_bytes(here(apply_mask(there(g), gpu_mask)), apply_mask(g, mask))) << size;
    EXPECT_TRUE(
        has_same_bytes(here(apply_mask(misaligned(there(g)), gpu_mask)), apply_mask(g, mask)))
        << size;
  }
}

TEST_P(GpuActivation, PreluOfAnyNumberOfChannels) {
  for (const std::int64_t channels : {1, 3, 4, 33, 128, 132, 515})
    for (const std::int64_t pixels : {1, 67}) {
      const Tensor x = uniform({2, pixels, 1, channels}, DType::f32, 1);
      const Tensor g = uniform(x.shape(), DType::f32, 2);
      for (const std::int64_t slopes : {std::int64_t{1}, channels}) {
        const Tensor slope = uniform({slopes}, DType::f32, 3);
        EXPECT_TRUE(has_same_bytes(here(prelu(there(x), there(slope))), prelu(x, slope)))
            << x.shape();
        EXPECT_TRUE(
            has_same_bytes(here(prelu_gradient(there(g), positive_mask(there(x)), there(slope))),
                           prelu_gradient(g, positive_mask(x), slope)))
            << x.shape();
      }
    }
}

TEST_ON_EACH_GPU(GpuElementwise);
TEST_ON_EACH_GPU(GpuActivation);

}  // namespace
}  // namespace backlight::kernels
