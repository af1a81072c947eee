// Windows with patches on the GPUs: the processor's bytes.
#include "tests/kernels/gpus.h"
#include "tests/kernels/window_places.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

class GpuWindows : public OnEachGpu {};

TEST_P(GpuWindows, GiveTheProcessorsBytes) {
  for (const std::int64_t channels : {1, 3, 4, 20}) {
    const WindowCase test(channels, DType::f32);
    const WindowCase moved{there(test.picture), there(test.patches), test.places};
    EXPECT_TRUE(has_same_bytes(here(moved.windows()), test.windows())) << channels;
  }
}

TEST_P(GpuWindows, NoPatches) {
  const WindowCase test(3, DType::f32);
  const Tensor none =
      windows_with_patches(there(test.picture), there(Tensor::zeros({0, 2, 2, 3})), {}, 4, 5);
  EXPECT_EQ(none.shape(), (Shape{0, 4, 5, 3}));
}

TEST_ON_EACH_GPU(GpuWindows);

}  // namespace
}  // namespace backlight::kernels
