#include "tools/report/run.h"

#include "xai/grad_cam.h"

namespace backlight::tools {

Tensor MapResult::at_size_of(const Image& photo) const {
  const bool fits = values.dim(0) == photo.height && values.dim(1) == photo.width;
  return values.rank() != 2 || fits ? values : enlarge(values, photo.height, photo.width);
}

}  // namespace backlight::tools
