// Work recorded once and replayed: the same results, from memory that nobody else is given.
#include "kernels/repeated_work.h"

#include "kernels/elementwise.h"
#include "tests/kernels/gpus.h"

namespace backlight::testing {
namespace {

using kernels::Binary;

class RepeatedOnGpu : public OnEachGpu {};
TEST_ON_EACH_GPU(RepeatedOnGpu);

// 2 x^2 + 1, by way of tensors that come and go.
Tensor polynomial(const Tensor& x) {
  const Tensor square = kernels::binary(Binary::multiply, x, x);
  return kernels::affine(kernels::affine(square, 2, 0), 1, 1);
}

TEST_P(RepeatedOnGpu, ComputesTheSameFromItsRecording) {
  int calls = 0;
  kernels::RepeatedWork repeated([&](const Tensor& x) {
    ++calls;
    return polynomial(x);
  });
  for (std::uint64_t k = 0; k < 5; ++k) {
    const Tensor x = uniform({3, 7}, DType::f32, k);
    EXPECT_TRUE(has_same_bytes(here(repeated(there(x))), here(polynomial(there(x))))) << k;
  }
  EXPECT_EQ(calls, 2);  // once as it is, once to be recorded
  (void)repeated(there(uniform({2, 7}, DType::f32, 9)));
  EXPECT_EQ(calls, 3) << "another shape is other work";
}

TEST_P(RepeatedOnGpu, KeepsItsMemoryToItself) {
  kernels::RepeatedWork repeated(polynomial);
  for (std::uint64_t k = 0; k < 3; ++k) (void)repeated(there(uniform({64}, DType::f32, k)));
  // As large as what the recorded work writes, and filled between two replays.
  std::vector<Tensor> bystanders;
  for (std::uint64_t k = 0; k < 8; ++k)
    bystanders.push_back(there(uniform({64}, DType::f32, 100 + k)));
  const Tensor x = uniform({64}, DType::f32, 50);
  EXPECT_TRUE(has_same_bytes(here(repeated(there(x))), here(polynomial(there(x)))));
  for (std::uint64_t k = 0; k < 8; ++k)
    EXPECT_TRUE(has_same_bytes(here(bystanders[k]), uniform({64}, DType::f32, 100 + k))) << k;
}

// One block serves tensors of several sizes, one after another, in each replay.
TEST_P(RepeatedOnGpu, ReusesBlocksForTensorsOfOtherSizes) {
  const auto mean_of_squares = [](const Tensor& x) {
    const Tensor sum = kernels::sum_to(kernels::binary(Binary::multiply, x, x), {});
    return kernels::broadcast_to(kernels::affine(sum, 0.2, 0), {2});
  };
  kernels::RepeatedWork repeated(mean_of_squares);
  for (std::uint64_t k = 0; k < 4; ++k) {
    const Tensor x = uniform({5}, DType::f32, k);
    EXPECT_TRUE(is_close(here(repeated(there(x))), mean_of_squares(x), 1e-6)) << k;
  }
}

TEST_P(RepeatedOnGpu, RefusesWorkThatCopiesToTheProcessor) {
  kernels::RepeatedWork repeated([](const Tensor& x) { return x.to(Device::cpu).to(x.device()); });
  const Tensor x = there(uniform({4}, DType::f32, 1));
  EXPECT_TRUE(has_same_bytes(here(repeated(x)), here(x)));
  EXPECT_NE(message_of([&] { (void)repeated(x); }), "");
  // The device goes on with other work.
  EXPECT_TRUE(is_close(here(polynomial(x)), polynomial(here(x)), 1e-6));
}

TEST(RepeatedWork, ComputesEachTimeOnTheProcessor) {
  int calls = 0;
  kernels::RepeatedWork repeated([&](const Tensor& x) {
    ++calls;
    return polynomial(x);
  });
  const Tensor x = uniform({5}, DType::f32, 1);
  for (int k = 0; k < 3; ++k) EXPECT_TRUE(has_same_bytes(repeated(x), polynomial(x)));
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace backlight::testing
