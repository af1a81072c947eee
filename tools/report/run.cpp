#include "tools/report/run.h"

#include "kernels/elementwise.h"
#include "xai/grad_cam.h"

namespace backlight::tools {

Tensor MapResult::at_size_of(const Image& photo) const {
  const bool fits = values.dim(0) == photo.height && values.dim(1) == photo.width;
  const Tensor from_level = level == 0 ? values : kernels::affine(values, 1, -level);
  return values.rank() != 2 || fits ? from_level : enlarge(from_level, photo.height, photo.width);
}

}  // namespace backlight::tools
