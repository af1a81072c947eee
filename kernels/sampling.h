// Pictures turned, scaled and moved: sampling [N,H,W,C] between its pixels.
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

// Where pixel (p, q) of a sampled picture lies in the picture it is taken from, in pixels of that:
//   row = row_p p + row_q q + row_0,  column = column_p p + column_q q + column_0.
struct AffineMap {
  double row_p = 1, row_q = 0, row_0 = 0;
  double column_p = 0, column_q = 1, column_0 = 0;

  double determinant() const { return row_p * column_q - row_q * column_p; }
};

// y[n,p,q,c] = sum_{i,j} t(row - i) t(column - j) x[n,i,j,c] with t(u) = max(0, 1 - |u|): bilinear
// interpolation, where x goes on as zeros. y is [N,height,width,C]. Places are computed in double.
// Errors: x is not [N,H,W,C], no pixel to sample, a map that is not finite or that lays the picture
// on a line (determinant below 1e-6).
Tensor sample_affine(const Tensor& x, const AffineMap& map, std::int64_t height,
                     std::int64_t width);

// The transpose, of shape input_shape: gx[n,i,j,c] = sum_{p,q} t(row - i) t(column - j) g[n,p,q,c],
// added up in the order of the rows of g.
Tensor sample_affine_gradient(const Tensor& g, const AffineMap& map, const Shape& input_shape);

}  // namespace backlight::kernels
