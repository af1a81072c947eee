#include "kernels/sampling.h"

#include <cmath>

#include "kernels/backend.h"

namespace backlight::kernels {
namespace {

void check(const char* op, const AffineMap& map, const Shape& picture, const Shape& sampled) {
  require(picture.rank() == 4 && sampled.rank() == 4, op, " wants [N,H,W,C], not ",
          picture.rank() == 4 ? sampled : picture);
  require(picture[0] == sampled[0] && picture[3] == sampled[3], op, ": samples of shape ", sampled,
          " are not of pictures of shape ", picture);
  require(sampled[1] >= 1 && sampled[2] >= 1, op, ": a picture of ", sampled[1], " x ", sampled[2],
          " pixels has none to sample");
  for (const double value :
       {map.row_p, map.row_q, map.row_0, map.column_p, map.column_q, map.column_0})
    require(std::isfinite(value), op, ": a map must be of finite numbers, not ", value);
  constexpr double kFlat = 1e-6;
  require(std::abs(map.determinant()) >= kFlat, op, ": a map with determinant ", map.determinant(),
          " lays the picture on a line");
}

}  // namespace

Tensor sample_affine(const Tensor& x, const AffineMap& map, std::int64_t height,
                     std::int64_t width) {
  require(x.rank() == 4, "sample_affine wants [N,H,W,C], not ", x.shape());
  check("sample_affine", map, x.shape(), {x.dim(0), height, width, x.dim(3)});
  return backend_of(x).sample_affine(x, map, height, width);
}

Tensor sample_affine_gradient(const Tensor& g, const AffineMap& map, const Shape& input_shape) {
  check("sample_affine_gradient", map, input_shape, g.shape());
  return backend_of(g).sample_affine_gradient(g, map, input_shape);
}

}  // namespace backlight::kernels
