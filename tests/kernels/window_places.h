// Windows and patches in every position to each other, for the tests of windows_with_patches.
#pragma once

#include <vector>

#include "kernels/windows.h"
#include "tests/testing.h"

namespace backlight::testing {

constexpr std::int64_t kPictureHeight = 9, kPictureWidth = 11, kPatchHeight = 3, kPatchWidth = 4,
                       kWindowHeight = 4, kWindowWidth = 5;

struct WindowCase {
  Tensor picture, patches;
  std::vector<kernels::WindowPlace> places{
      {2, 2, 3, 3, 3, 6, 3, 7},    // a patch inside
      {2, 2, 3, 3, 4, 5, 4, 6},    // of which the inner part counts
      {0, 0, 2, 3, 2, 5, 3, 7},    // that leaves the window below and to the right
      {5, 6, 4, 4, 4, 7, 4, 8},    // above and to the left
      {5, 6, 0, 0, 0, 3, 0, 4},    // that lies elsewhere
      {0, 0, 6, 0, 7, 7, 0, 4},    // no row of which counts
      {4, 3, -1, -2, 0, 2, 0, 2},  // that begins off the picture, and elsewhere
      {1, 1, 1, 0, 1, 4, 0, 4},
  };

  WindowCase(std::int64_t channels, DType dtype)
      : picture(uniform({1, kPictureHeight, kPictureWidth, channels}, dtype, 1)),
        patches(uniform({8, kPatchHeight, kPatchWidth, channels}, dtype, 2)) {}
  WindowCase(const Tensor& picture, const Tensor& patches,
             const std::vector<kernels::WindowPlace>& places)
      : picture(picture), patches(patches), places(places) {}

  Tensor windows() const {
    return kernels::windows_with_patches(picture, patches, places, kWindowHeight, kWindowWidth);
  }
};

}  // namespace backlight::testing
