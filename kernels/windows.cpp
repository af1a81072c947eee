#include "kernels/windows.h"

#include "kernels/backend.h"

namespace backlight::kernels {
namespace {

void check(const Shape& picture, const Shape& patches, const std::vector<WindowPlace>& places,
           std::int64_t height, std::int64_t width) {
  require(picture.rank() == 4 && picture[0] == 1 && patches.rank() == 4 && picture[3] == patches[3],
          "windows_with_patches wants a picture [1,H,W,C] and patches [N,h,w,C], not ", picture,
          " and ", patches);
  require(static_cast<std::int64_t>(places.size()) == patches[0],
          "windows_with_patches: ", places.size(), " places do not fit patches of ", patches);
  const auto lies_in = [](std::int64_t first, std::int64_t last, std::int64_t extent) {
    return first >= 0 && last <= extent;
  };
  for (const WindowPlace& at : places) {
    require(lies_in(at.top, at.top + height, picture[1]) &&
                lies_in(at.left, at.left + width, picture[2]),
            "windows_with_patches: a window of ", height, " x ", width, " at (", at.top, ", ",
            at.left, ") leaves a picture of ", picture);
    const bool none = at.first_row >= at.last_row || at.first_column >= at.last_column;
    require(none || (lies_in(at.first_row - at.patch_top, at.last_row - at.patch_top, patches[1]) &&
                     lies_in(at.first_column - at.patch_left, at.last_column - at.patch_left,
                             patches[2])),
            "windows_with_patches: rows ", at.first_row, " to ", at.last_row, " and columns ",
            at.first_column, " to ", at.last_column, " are not in a patch of ", patches, " at (",
            at.patch_top, ", ", at.patch_left, ")");
  }
}

}  // namespace

Tensor windows_with_patches(const Tensor& picture, const Tensor& patches,
                            const std::vector<WindowPlace>& places, std::int64_t height,
                            std::int64_t width) {
  check(picture.shape(), patches.shape(), places, height, width);
  require(picture.dtype() == patches.dtype(), "windows_with_patches of ", name_of(picture.dtype()),
          " with patches of ", name_of(patches.dtype()));
  require_same_device("windows_with_patches", {&picture, &patches});
  return backend_of(picture).windows_with_patches(picture, patches, places, height, width);
}

}  // namespace backlight::kernels
