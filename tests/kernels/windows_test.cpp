#include "kernels/windows.h"

#include "tests/kernels/threads.h"
#include "tests/kernels/window_places.h"

namespace backlight::kernels {
namespace {

using namespace backlight::testing;

// The formula of the header, element by element.
Tensor naive_windows(const Tensor& picture, const Tensor& patches,
                     const std::vector<WindowPlace>& places, std::int64_t height,
                     std::int64_t width) {
  const std::int64_t channels = picture.dim(3);
  std::vector<double> values;
  for (std::size_t n = 0; n < places.size(); ++n) {
    const WindowPlace& at = places[n];
    for (std::int64_t p = 0; p < height; ++p)
      for (std::int64_t q = 0; q < width; ++q)
        for (std::int64_t c = 0; c < channels; ++c) {
          const std::int64_t i = at.top + p, j = at.left + q;
          const bool changed =
              at.first_row <= i && i < at.last_row && at.first_column <= j && j < at.last_column;
          const auto k = static_cast<std::int64_t>(n) * patches.dim(1) + i - at.patch_top;
          values.push_back(changed
                               ? patches.at((k * patches.dim(2) + j - at.patch_left) * channels + c)
                               : picture.at((i * picture.dim(2) + j) * channels + c));
        }
  }
  return Tensor::from(values, {patches.dim(0), height, width, channels}).to(picture.dtype());
}

TEST(WindowsWithPatches, AreTheFormula) {
  for (const DType dtype : {DType::f32, DType::f64})
    for (const std::int64_t channels : {1, 3, 16}) {
      const WindowCase test(channels, dtype);
      const Tensor expected =
          naive_windows(test.picture, test.patches, test.places, kWindowHeight, kWindowWidth);
      EXPECT_TRUE(has_same_bytes(test.windows(), expected)) << channels;
      if (channels != 16) continue;
      const WindowCase blocked{test.picture.in_layout(Layout::channels_in_16s),
                               test.patches.in_layout(Layout::channels_in_16s), test.places};
      EXPECT_TRUE(has_same_bytes(blocked.windows(), expected));
    }
}

TEST(WindowsWithPatches, AreTheSameOnAnyThreads) {
  expect_same_bytes_on_any_threads([] { return WindowCase(5, DType::f32).windows(); });
}

TEST(WindowsWithPatches, RefusesWhatDoesNotFit) {
  const WindowCase good(2, DType::f32);
  const auto message = [&](const WindowPlace& place) {
    return message_of([&] {
      windows_with_patches(good.picture, good.patches.rows(0, 1), {place}, kWindowHeight,
                           kWindowWidth);
    });
  };
  WindowPlace place = good.places[0];
  EXPECT_EQ(message(place), "");
  place.top = kPictureHeight - kWindowHeight + 1;
  EXPECT_EQ(message(place),
            "windows_with_patches: a window of 4 x 5 at (6, 2) leaves a picture of [1, 9, 11, 2]");
  place = good.places[0];
  place.left = -1;
  EXPECT_NE(message(place), "");
  place = good.places[0];
  place.last_row = place.patch_top + kPatchHeight + 1;
  EXPECT_NE(message(place), "");
  place.last_row = place.first_row;  // no pixels are in any patch
  EXPECT_EQ(message(place), "");
  place = good.places[0];
  place.first_column = place.patch_left - 1;
  EXPECT_NE(message(place), "");
  const auto refused = [&](const Tensor& picture, const Tensor& patches) {
    return message_of([&] { windows_with_patches(picture, patches, good.places, 4, 5); }) != "";
  };
  EXPECT_TRUE(refused(good.picture, good.patches.rows(0, 2)));
  EXPECT_TRUE(refused(good.picture.to(DType::f64), good.patches));
  EXPECT_TRUE(refused(uniform({1, 9, 11, 3}, DType::f32, 1), good.patches));
  EXPECT_TRUE(refused(uniform({2, 9, 11, 2}, DType::f32, 1), good.patches));
}

}  // namespace
}  // namespace backlight::kernels
