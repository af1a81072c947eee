// Windows on a picture of which a patch was changed, one a patch: what a layer must see again where
// little of its input is new.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace backlight::kernels {

// Where a window and its patch lie, in pixels of the picture.
struct WindowPlace {
  std::int64_t top, left;              // pixel (0, 0) of the window
  std::int64_t patch_top, patch_left;  // pixel (0, 0) of the patch
  // The rows and columns [first, last) that are the patch's; around them it counts for nothing.
  std::int64_t first_row, last_row, first_column, last_column;
};

// y[n,p,q,c] = patches[n, i - patch_top_n, j - patch_left_n, c]  where pixel (i, j) = (top_n + p,
// left_n + q) is the patch's, else picture[0,i,j,c]. The picture is [1,H,W,C], the patches are
// [N,h,w,C], one for each place; y is [N,height,width,C].
// Errors: tensors that do not fit each other, a window that leaves the picture, pixels that are to
// come from a patch but lie outside of it.
Tensor windows_with_patches(const Tensor& picture, const Tensor& patches,
                            const std::vector<WindowPlace>& places, std::int64_t height,
                            std::int64_t width);

}  // namespace backlight::kernels
