#include "xai/segmentation/grid.h"

namespace backlight {

Tensor grid_segments(std::int64_t height, std::int64_t width, std::int64_t rows,
                     std::int64_t columns) {
  require(rows >= 1 && rows <= height && columns >= 1 && columns <= width, "a picture of ", height,
          " x ", width, " pixels cannot be divided into ", rows, " x ", columns, " rectangles");
  Tensor segments({height, width}, DType::i32);
  std::int32_t* out = segments.mutable_data<std::int32_t>();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      out[y * width + x] =
          static_cast<std::int32_t>((y * rows / height) * columns + x * columns / width);
  return segments;
}

}  // namespace backlight
